"""Creates runs and sub-executions: validates, stores large values, then inserts the head atomically.

A sub-execution has an id that follows from the task that runs it, so it can be created only once. What cannot be
started is refused: the parent gets a message that says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.run.start import Opening, open_run
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.interfaces import FAULTS, Actions
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import WorkflowSpec
from chalicelib.core.model import Action, Origin, Run
from chalicelib.core.values import Value
from chalicelib.errors import InputError, NotFound
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import DefinitionRecord
from chalicelib.ports.messaging import Message
from chalicelib.ports.runs import Runs
from chalicelib.ports.values import Blobs, Values
from chalicelib.service.definitions.bundled.workflows import check_needs
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.outgoing import messages
from chalicelib.service.outgoing.tracing import Tracing
from chalicelib.service.runs.removal import Removal
from chalicelib.service.runs.run_cache import Known, StoredRows

LOOK_AFTER = timedelta(minutes=5)
"""How long a new run is left alone; after that it is looked at whenever its age has doubled, at least once an hour."""


class Creation:
    """Creates runs; the first message to each is its caller's business."""

    def __init__(
        self,
        runs: Runs,
        values: Values,
        blobs: Blobs,
        spec_of: Callable[[str], WorkflowSpec],
        actions: Actions,
        limits: Limits,
    ) -> None:
        """`limits`: what bounds the input and the parameters of every run."""
        self._runs = runs
        self._values = values
        self._blobs = blobs
        self._spec_of = spec_of
        self._actions = actions
        self._limits = limits

    def create(self, opening: Opening) -> Run | None:
        """The new run; `None` if there is one in its place already. Raises what `open_run` does, and
        `InvalidRequest` for a packaged workflow that this service cannot run."""
        check_needs(opening.definition, self._actions, opening.project_id)
        rows = StoredRows(self._runs, self._values, opening.id, opening.project_id, Known())
        run, blobs = open_run(self._spec_of(opening.definition), opening, rows, self._actions, self._limits)
        if blobs:
            self._blobs.put_many(blobs)
        return run if self._runs.create(run.start, opening.now + LOOK_AFTER) else None


DESCRIPTION = "sub-workflow execution"


class Children:
    """Starts sub-executions."""

    def __init__(
        self,
        creation: Creation,
        runs: Runs,
        values: Values,
        definitions: Definitions,
        clock: Clock,
        removal: Removal,
        tracing: Tracing | None = None,
    ) -> None:
        self._tracing = tracing
        self._runs = runs
        self._values = values
        self._definitions = definitions
        self._creation = creation
        self._clock = clock
        self._removal = removal

    def start(self, parent: Run, child: Action) -> Message | None:
        """Create the sub-execution that `child` stands for, unless there is one; the message to send then, if any.

        That is its first message, or the refusal for the parent.
        """
        child_id = sub_executions.id_of(ids.partition(parent.start.id), child.key)
        part, born = ids.partition(child_id), parent.start.created_at
        existing = self._runs.run(part)
        if existing is not None and existing.start.origin != Origin(parent.start.id, child.key.number, born):
            existing = self._inherited(part, existing, born)
        if existing is None:
            deleted = self._runs.deleted_since(part)
            if deleted is not None and deleted >= born:  # somebody did not want it; the parent was told
                return None
            try:
                self._create(parent, child, child_id)
            except FAULTS as error:
                return messages.refused(parent.start, child.key, str(error.args[0]) if error.args else str(error))
        elif existing.head.version:
            return None
        return messages.go_on_message(child_id, 0)

    def _inherited(self, part: str, existing: Run, born: datetime) -> Run | None:
        """A sub-execution that an earlier execution of the parent's id left behind is removed."""
        if existing.start.origin is None or existing.start.origin.created_at in (None, born):
            return existing
        self._removal.remove(part)
        return None

    def _create(self, parent: Run, child: Action, child_id: str) -> None:
        params = self._object(parent.start.params)
        record = self._find(parent, child.name, str(params.get("namespace") or ""))
        spec = self._definitions.spec(record.ref)
        given, others = _split(spec, self._object(child.input))
        opening = self._opening(parent, child, child_id, record)
        if self._tracing is not None and parent.start.trace is not None:
            opening = replace(opening, trace=self._tracing.begin(child_id, opening.now, parent.start.trace))
        self._creation.create(
            replace(opening, input=given, params={**_inherited(opening, params), "index": child.index, **others})
        )

    def _opening(self, parent: Run, child: Action, child_id: str, record: DefinitionRecord) -> Opening:
        start = parent.start
        return Opening(
            id=child_id,
            project_id=start.project_id,
            workflow_id=record.id,
            workflow_namespace=record.namespace,
            definition=record.ref,
            input={},
            params={},
            description=DESCRIPTION,
            now=self._clock.now(),
            origin=Origin(start.id, child.key.number, start.created_at),
            task_execution_id=ids.task_id(ids.partition(start.id), child.key.task),
            root_execution_id=start.root_execution_id or start.id,
        )

    def _find(self, parent: Run, name: str, namespace: str) -> DefinitionRecord:
        """The workflow a task means: of the parent's workbook first, each in the parent's namespace first."""
        workbook = self._definitions.spec(parent.start.definition).body.get("workbook")
        names = [f"{workbook}.{name}", name] if workbook else [name]
        for known_as in names:
            for where in dict.fromkeys((namespace, "")):
                try:
                    return self._definitions.find_workflow(parent.start.project_id, known_as, where)
                except NotFound:
                    continue
        raise InputError(f"Failed to find workflow [name={name}] [namespace={namespace}]")

    def _object(self, value: Value) -> JsonDict:
        loaded = self._values.load(value)
        return loaded if isinstance(loaded, dict) else {}


def _split(spec: WorkflowSpec, given: JsonDict) -> tuple[JsonDict, JsonDict]:
    """What a workflow declares as its input; anything else becomes parameters."""
    declared = {parameter.name for parameter in spec.parameters}
    mine = {name: value for name, value in given.items() if name in declared}
    return mine, {name: value for name, value in given.items() if name not in declared}


def _inherited(opening: Opening, params: JsonDict) -> JsonDict:
    found: dict[str, Json] = {
        "root_execution_id": opening.root_execution_id,
        "task_execution_id": opening.task_execution_id,
    }
    return found | {name: params[name] for name in ("namespace", "notify") if name in params}
