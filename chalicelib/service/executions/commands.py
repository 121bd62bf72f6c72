"""Use cases of executions: start, change, delete, complete an action. Reading is in `queries`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.run.start import Opening
from chalicelib.core.engine.state.effects import PARAMETER
from chalicelib.core.engine.state.events import (
    ActionEnded,
    ActionPaused,
    Described,
    EnvGiven,
    Event,
    PauseAsked,
    RerunAsked,
    ResumeAsked,
    SkipAsked,
    StopAsked,
)
from chalicelib.core.jsontext import Json, JsonDict, deep_merge
from chalicelib.core.model import Action, Run, Task
from chalicelib.core.sizes import check_description
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SKIPPED, SUCCESS, TERMINAL, State
from chalicelib.core.values import ActionKey
from chalicelib.errors import Forbidden, IllegalTransition, InvalidRequest, KeyReused, NotFound, Unavailable
from chalicelib.ports.clock import Clock
from chalicelib.ports.runs import Runs
from chalicelib.ports.values import Values
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.repository import check_addressable
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.executions.source_execution import former
from chalicelib.service.outgoing import notifications
from chalicelib.service.outgoing.tracing import Tracing
from chalicelib.service.runs.action_status import action_of
from chalicelib.service.runs.advance import Advance, Errand
from chalicelib.service.runs.ancestors import check_revivable, revive
from chalicelib.service.runs.creation import Creation
from chalicelib.service.runs.removal import Removal

MAX_ID = 200
"""Characters; keys of DynamoDB have 1,024 bytes."""
BULK = "bulk"
"""What stands in the place of an id in the address of bulk operations."""
ASKED = (RUNNING, PAUSED, SUCCESS, ERROR, CANCELLED)
_REPORTED = (SUCCESS, ERROR, CANCELLED, PAUSED, RUNNING)


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a caller wants started; `workflow` is an id or a name."""

    workflow: str | None
    namespace: str = ""
    input: JsonDict = field(default_factory=dict)
    params: JsonDict = field(default_factory=dict)
    description: str | None = ""
    id: str | None = None
    source_execution_id: str | None = None
    """The execution to start again from: what this request does not say, it has from that one."""
    evaluated_env: JsonDict = field(default_factory=dict)
    """Environment that `params` are laid over, and whose expressions were evaluated before."""
    fingerprint: str | None = None
    """What tells this request from others with the same id, if those are to be refused."""
    trace: str | None = None
    """The trace context of the client, if that is traced."""


def no_environments(project_id: str, name: str) -> JsonDict:
    """For services without stored environments."""
    raise InvalidRequest(f"Environment is not found: {name}")


def random_id() -> str:
    """The id of a new execution."""
    return str(uuid.uuid4())


class Executions:
    """Changes executions, always through the engine."""

    def __init__(
        self,
        creation: Creation,
        runs: Runs,
        values: Values,
        definitions: Definitions,
        advance: Advance,
        removal: Removal,
        clock: Clock,
        environment: Callable[[str, str], JsonDict] = no_environments,
        listeners: Sequence[JsonDict] = (),
        new_id: Callable[[], str] = random_id,
        tracing: Tracing | None = None,
    ) -> None:
        """`environment`: the variables that a project means by a name; `listeners`: who hears of every execution."""
        self._runs = runs
        self._values = values
        self._definitions = definitions
        self._creation = creation
        self._advance = advance
        self._removal = removal
        self._clock = clock
        self._environment = environment
        self._listening = notifications.standing_for(listeners)
        self._new_id = new_id
        self._tracing = tracing

    def start(self, caller: Caller, request: StartRequest) -> Run:
        """Start an execution, or return the one that has the id already (§8.3).

        Raises `InvalidRequest`, `InputError`, `ExpressionError` or `NotFound`; no execution exists then. Raises
        `KeyReused` if the execution that has the id was started by a request with another fingerprint.
        """
        _check_id(request.id)
        if request.id is not None and (existing := self._runs.run(ids.partition(request.id))) is not None:
            return self._resumed(self._own(caller, existing, request.id), request.fingerprint)
        if request.source_execution_id is not None:
            request = self._from_source(caller, request, request.source_execution_id)
        check_description(request.description)
        if not request.workflow:
            raise InvalidRequest("Workflow ID or workflow name must be provided. Workflow ID is recommended.")
        record = self._definitions.find_workflow(caller.project_id, request.workflow, request.namespace)
        execution_id, now = request.id or self._new_id(), self._clock.now()
        opening = Opening(
            id=execution_id,
            project_id=caller.project_id,
            workflow_id=record.id,
            workflow_namespace=record.namespace,
            definition=record.ref,
            input=request.input,
            params=self._heard(self._with_environment(caller.project_id, request.params)),
            description=request.description,
            now=now,
            evaluated_env=request.evaluated_env,
            security=caller.security,
            request=request.fingerprint,
            trace=self._tracing.begin(execution_id, now, request.trace) if self._tracing is not None else None,
        )
        return self._create(caller, opening)

    def change_state(
        self, caller: Caller, execution_id: str, state: str, message: str | None, env: JsonDict | None
    ) -> Run:
        """Pause, resume or stop (§8.5). Raises `InvalidRequest`, `IllegalTransition`, `NotFound`."""
        run = self._visible(caller, execution_id)
        if state == SKIPPED:
            return run
        if state not in ASKED:
            allowed = ", ".join(ASKED)
            raise InvalidRequest(f"Cannot change state to {state}. Allowed states are: '{allowed}")
        wanted = State(state)
        event: Event
        if wanted is PAUSED:
            event = PauseAsked()
        elif wanted is RUNNING:
            event = ResumeAsked(env)
        else:
            event = StopAsked(wanted, message)
        return self._advance.apply(run.start.id, [event], Errand(bound=True))

    def describe(self, caller: Caller, execution_id: str, description: str | None, env: JsonDict | None) -> Run:
        """Change the description or the environment. Raises `Forbidden` where the state does not allow the latter."""
        run = self._visible(caller, execution_id)
        check_description(description)
        return self._advance.apply(run.start.id, [Described(description, env)], Errand(bound=True))

    def delete(self, caller: Caller, execution_id: str, force: bool) -> None:
        """Remove an execution and all it started. Raises `Forbidden` for an unfinished one unless forced.

        Of a deletion that was cut short the rest is done by a message; asked for again, there is nothing to be found.
        """
        run = self._visible(caller, execution_id)
        if run.head.state not in TERMINAL and not force:
            raise Forbidden(
                "Only completed executions can be deleted. Use --force to override this. "
                f"Execution {execution_id} is in {run.head.state} state"
            )
        self._removal.remove(ids.partition(execution_id))

    def rerun_task(
        self, caller: Caller, task_id: str, skip: bool, env: JsonDict | None = None, reset: bool = True
    ) -> None:
        """Run a failed task again, or skip it (§9.1); without `reset`, items that succeeded stay as they are.

        The runs that started this one come back to life with it, within the request unless something is in the way.
        Raises `NotFound`, `IllegalTransition`, also if one of those has succeeded, and `Forbidden`.
        """
        row = ids.parse(task_id)
        run = self._runs.run(row.partition) if row is not None else None
        if row is None or run is None or _foreign(caller, run):
            raise NotFound(f"Task execution not found [id={task_id}]")
        paused = run.head.state is PAUSED  # in which nothing will happen
        levels = 0 if paused else check_revivable(self._runs, run)
        if env:
            self._give(run, env)
        event: Event = SkipAsked(row.task, env) if skip else RerunAsked(row.task, env, reset)
        run = self._advance.apply(run.start.id, [event], Errand(bound=True))
        revive(self._advance, run, levels)

    def _give(self, run: Run, env: JsonDict) -> None:
        """Merge what comes with a rerun into the environment of the root, which is the one that expressions read."""
        root = run.start.root_execution_id
        if root is not None and run.head.state is ERROR:  # in other states the rerun is refused, or changes nothing
            self._advance.apply(root, [EnvGiven(env)], Errand(bound=True))

    def complete_action(
        self, caller: Caller, action_id: str, state: str, output: Json, given: bool
    ) -> tuple[Run, Task, Action]:
        """Bring the result of an action execution, or pause it (§10.2). `given`: whether the caller sent an output.

        Raises `IllegalTransition` if it is over, or another result comes first; one that came at the same moment and
        says the same is the same.
        """
        reported = reported_state(state)
        run, key = self._find_action(caller, action_id)
        _, action = self._rows_of(run, key)
        if reported in TERMINAL and action.state in TERMINAL:
            raise IllegalTransition(f"Action {action_id} is already completed")
        event: Event
        if reported in (PAUSED, RUNNING):
            event = ActionPaused(key, reported)
        else:
            event = ActionEnded(key, reported, reported_result(reported, output, given), strict=True)
        run = self._advance.apply(run.start.id, [event], Errand(bound=True))
        return (run, *self._rows_of(run, key))

    def has_result(self, caller: Caller, action_id: str, state: str, output: Json) -> bool:
        """Whether an action execution ended with just that."""
        try:
            run, key = self._find_action(caller, action_id)
            _, action = self._rows_of(run, key)
        except NotFound:
            return False
        return action.state == state and self._values.load(action.output) == output

    def _with_environment(self, project_id: str, params: JsonDict) -> JsonDict:
        """`params` with the variables of the environment that they name, if they name one."""
        env = params.get("env")
        if not isinstance(env, str):
            return params
        return {**params, "env": self._environment(project_id, env) if env else {}}

    def _heard(self, params: JsonDict) -> JsonDict:
        """`params` with those who hear of every execution; sub-executions inherit them."""
        if self._listening is None:
            return params
        given = params.get(PARAMETER)
        return {**params, PARAMETER: [*(given if isinstance(given, list) else []), self._listening]}

    def _create(self, caller: Caller, opening: Opening) -> Run:
        run = self._creation.create(opening)
        if run is None:
            existing = self._runs.run(ids.partition(opening.id))
            if existing is None:
                raise Unavailable("The execution could not be created; try again")
            return self._resumed(self._own(caller, existing, opening.id), opening.request)
        self._advance.send(run.start, run.head)
        return run

    def _resumed(self, run: Run, fingerprint: str | None) -> Run:
        """A run that was started before; if its first message may have been lost with that request, send it again."""
        if fingerprint is not None and fingerprint != run.start.request:
            raise KeyReused(
                f"Idempotency-Key was used for another request before, which started execution {run.start.id}: "
                "send the same body again, or another key"
            )
        if run.head.version == 0:
            self._advance.send(run.start, run.head)
        return run

    def _from_source(self, caller: Caller, request: StartRequest, source_id: str) -> StartRequest:
        """The request with workflow, input and parameters of an earlier execution; what it says itself is laid over
        them, mapping by mapping. Mistral 23.0.0 takes over the workflow alone (S24)."""
        source = self._visible(caller, source_id)
        before = former(self._runs, self._values, source)
        return replace(
            request,
            workflow=request.workflow or source.start.workflow_id,
            namespace=request.namespace or source.start.workflow_namespace,
            input=deep_merge(before.input, request.input),
            params=deep_merge(before.params, request.params),
            evaluated_env={} if isinstance(request.params.get("env"), str) else before.env,
            description=f"{request.description or ''} Based on the execution '{source_id}'".lstrip(),
        )

    def _own(self, caller: Caller, run: Run, execution_id: str) -> Run:
        if run.start.id != execution_id or _foreign(caller, run):
            raise NotFound(f"WorkflowExecution not found [id={execution_id}]")
        return run

    def _visible(self, caller: Caller, execution_id: str) -> Run:
        run = self._runs.run(ids.partition(execution_id))
        if run is None:
            raise NotFound(f"WorkflowExecution not found [id={execution_id}]")
        return self._own(caller, run, execution_id)

    def _find_action(self, caller: Caller, action_id: str) -> tuple[Run, ActionKey]:
        row = ids.parse(action_id)
        run = self._runs.run(row.partition) if row is not None and row.number else None
        if row is None or run is None or _foreign(caller, run):
            raise NotFound(f"ActionExecution not found [id={action_id}]")
        return run, ActionKey(row.task, row.number)

    def _rows_of(self, run: Run, key: ActionKey) -> tuple[Task, Action]:
        part = ids.partition(run.start.id)
        task = self._runs.task(part, key.task)
        action = action_of(self._runs, part, task, key)
        if task is None or action is None or task.kind == sub_executions.KIND:
            raise NotFound(f"ActionExecution not found [id={ids.action_id(part, key)}]")
        return task, action


def _check_id(execution_id: str | None) -> None:
    """Raise `InvalidRequest` for an id under which no request would find the execution."""
    if execution_id == BULK:
        raise InvalidRequest(f"'{BULK}' cannot be the id of an execution: it is an address of the API")
    if execution_id is not None and len(execution_id) > MAX_ID:
        raise InvalidRequest(f"The id of an execution must not exceed {MAX_ID} characters")
    check_addressable(execution_id or "")


def _foreign(caller: Caller, run: Run) -> bool:
    return run.start.project_id != caller.project_id and not caller.is_admin


def reported_state(state: str) -> State:
    """What a caller says that became of an action execution. Raises `InvalidRequest`."""
    if state not in _REPORTED:
        raise InvalidRequest(f"Error. Expected one of {[str(known) for known in _REPORTED]}, actual: {state}")
    return State(state)


def reported_result(state: State, output: Json, given: bool) -> Json:
    """What somebody who completes an action execution says came out of it. `given`: whether they sent an output."""
    if state is CANCELLED:
        return None
    if state is ERROR:
        return output or "Unknown error"
    return output if given else {}
