"""Start sub-executions that a step asked for, as often as it asks (engine rules §14; language rules §9.2).

A sub-execution has an id that follows from the task that runs it, so it can be created only once. What cannot be
started is refused: the parent gets a message that says why.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine import children
from chalicelib.core.engine.faults import FAULTS
from chalicelib.core.engine.start import Opening
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.lang.spec import WorkflowSpec
from chalicelib.core.model import Action, Origin, Run, Value
from chalicelib.errors import InputError, NotFound
from chalicelib.ports import Clock, DefinitionRecord, Message, Runs, Values
from chalicelib.service import messages
from chalicelib.service.creation import Creation
from chalicelib.service.definitions import Definitions
from chalicelib.service.removal import Removal
from chalicelib.service.tracing import Tracing

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
        child_id = children.id_of(ids.partition(parent.start.id), child.key)
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
