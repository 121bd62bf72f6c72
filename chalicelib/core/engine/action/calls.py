"""Calls of actions and workflows by a task: name, input, and the order to run.

Names (language rules §9.1): a task of a workbook's workflow means an action of that workbook first. Of one name, an
ad-hoc action is meant before a dynamic one, and that before a built-in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.core import ids
from chalicelib.core.engine.action import resolution
from chalicelib.core.engine.data import messages
from chalicelib.core.engine.data.expression_host import Answers
from chalicelib.core.engine.data.scopes import Scopes, own_environment
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.effects import RunAction
from chalicelib.core.engine.state.interfaces import FAULTS, AdHoc, Dynamic, NoOutcome, Outcome
from chalicelib.core.expressions import evaluate
from chalicelib.core.jsontext import Json, JsonDict, deep_merge
from chalicelib.core.language.spec import TaskSpec
from chalicelib.core.model import Action, Task
from chalicelib.core.resolved_action import Base
from chalicelib.core.states import RUNNING, SUCCESS
from chalicelib.core.values import ActionKey
from chalicelib.errors import InputError, InvalidRequest, SizeLimitExceeded


def callee(draft: Draft, task: Task, spec: TaskSpec) -> str:
    """The name of the action or workflow of a task. Raises one of `FAULTS`."""
    called = spec.action if spec.workflow is None else spec.workflow
    name = evaluate(called, Scopes(draft).before(task), Answers(draft, task))
    return str(name)


def evaluated(draft: Draft, task: Task, spec: TaskSpec, items: Mapping[str, Json] | None = None) -> JsonDict:
    """The input of the action of a task, or for some items of it. Raises one of `FAULTS`."""
    given = evaluate(spec.input, Scopes(draft).before(task, items), Answers(draft, task))
    if not isinstance(given, dict):
        raise InputError(
            f"Wrong dynamic input for task: {task.name}. Dict type is expected. Actual type: {type(given).__name__}"
        )
    return _with_defaults(draft, spec, given)


def too_large(draft: Draft, given: Json) -> str | None:
    """What is wrong with the size of an input, which `on-error` may handle (§6, §19)."""
    try:
        messages.check_size(draft, "input", given)
    except SizeLimitExceeded as error:
        return error.message
    return None


def _with_defaults(draft: Draft, spec: TaskSpec, given: JsonDict) -> JsonDict:
    """Lay the input over `env.__actions.<name as written>` (§17)."""
    defaults = own_environment(draft).get("__actions")
    own = defaults.get(spec.action or "") if isinstance(defaults, dict) else None
    return deep_merge(own, given) if isinstance(own, dict) else given


LONGEST_TARGET = 100
"""Characters, more than a queue's name may have; targets are kept in the head of the run until the orders are sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """An action about to be started: what its caller sees of it, and what really runs."""

    name: str
    given: JsonDict
    is_sync: bool = True
    """Whether what runs reports by itself."""
    base: Base | None = None
    flaw: str | None = None
    """What is wrong with it in a way that `on-error` may handle (§6)."""

    @property
    def runs(self) -> tuple[str, JsonDict]:
        """Name and input of the action that really runs."""
        if self.base is None:
            return self.name, self.given
        return self.base.name, self.base.input if isinstance(self.base.input, dict) else {}


def find(draft: Draft, name: str) -> tuple[str, AdHoc | Dynamic | None]:
    """The full name of the action that a task means by `name`, and what is stored of it unless it is built in.

    Raises `InvalidRequest` if there is none.
    """
    workbook = draft.spec.body.get("workbook")
    for known_as in [f"{workbook}.{name}", name] if workbook else [name]:
        found = _stored(draft, known_as)
        if found is not None or draft.library.knows(known_as):
            return known_as, found
    raise InvalidRequest(f"Failed to find action [action_name={name}, namespace={draft.start.workflow_namespace}]")


def prepare(draft: Draft, task: Task, name: str, given: JsonDict) -> Call:
    """The call of an action with an input.

    Raises `InvalidRequest` if there is no such action, `InputError` if it does not take these parameters.
    """
    known_as, found = find(draft, name)
    if found is None:
        given = draft.library.prepare(known_as, given)
        flaw = too_large(draft, given) or draft.library.flaw(known_as, given)
        return Call(known_as, given, draft.library.is_sync(known_as), flaw=flaw)
    if isinstance(found, Dynamic):
        return Call(
            known_as, given, base=resolution.dynamic_base_of(known_as, found, given), flaw=too_large(draft, given)
        )
    given = resolution.called(found.spec, given)
    call = Call(known_as, given, flaw=too_large(draft, given))
    return call if call.flaw is not None else _based(draft, task, call, found)


def perform(draft: Draft, call: Call, key: ActionKey, target: Json) -> Outcome | NoOutcome:
    """The outcome of a call that needs nothing outside; else why there is none. One with a target needs an executor."""
    return NoOutcome.NEEDS_EXECUTOR if target else draft.library.perform(*call.runs, ids.action_id(draft.part, key))


def opened(draft: Draft, task: Task, key: ActionKey, call: Call, leaves: bool, timeout: int = 0) -> Action:
    """A new action execution for a call. `leaves`: whether what runs has to be known after this step."""
    base = call.base
    if base is not None:
        base = replace(base, input=draft.keep(call.runs[1]) if leaves else None)
    return Action(
        key=key,
        name=call.name,
        state=RUNNING,
        input=draft.keep(call.given) if call.flaw is None else None,
        created_at=draft.now,
        updated_at=draft.now,
        is_sync=call.is_sync,
        safe_rerun=draft.spec_of(task).safe_rerun,
        timeout=timeout,
        base=base,
    )


def order(action: Action, target: Json) -> RunAction:
    """What has an executor run an action execution; of a target that can be no name, as much as shows that."""
    if target and isinstance(target, (str, list, dict)):
        target = str(target)[:LONGEST_TARGET]
    return RunAction(action.key, *action.performed, action.safe_rerun, target)


def reshaped(draft: Draft, action: Action, outcome: Outcome) -> Outcome:
    """An outcome as the caller of the action gets it. Raises one of `FAULTS` if its `output` fails."""
    if action.base is None or outcome.state is not SUCCESS:
        return outcome
    result = resolution.reshaped(draft.library, action.base.versions, outcome.result, Answers(draft))
    return replace(outcome, result=result)


def _based(draft: Draft, task: Task, call: Call, found: AdHoc) -> Call:
    site = resolution.Site(
        draft.library, lambda name: _stored(draft, name), lambda given: Scopes(draft).base(task, given), Answers(draft)
    )
    try:
        base = resolution.base_of(site, found, call.given)
    except FAULTS:
        return replace(call, flaw=messages.info(resolution.failure(draft.library, found)))
    is_sync = draft.library.is_sync(base.name)
    call = replace(call, base=base, is_sync=is_sync)
    return replace(call, flaw=too_large(draft, call.runs[1]))


def _stored(draft: Draft, name: str) -> AdHoc | Dynamic | None:
    """The stored action of this name, looked up once a step."""
    if name not in draft.named:
        start = draft.start
        draft.named[name] = draft.library.adhoc.find(name, start.project_id, start.workflow_namespace)
    return draft.named[name]
