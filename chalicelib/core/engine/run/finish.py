"""How a run ends: the completion check, its final state, its output (engine rules §5, §7)."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core import security
from chalicelib.core.engine.data import context, messages, requirements
from chalicelib.core.engine.data.expression_host import Answers
from chalicelib.core.engine.data.scopes import FINAL, Branch, Scopes
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.interfaces import FAULTS
from chalicelib.core.expressions import evaluate
from chalicelib.core.jsontext import Json, JsonDict, deep_merge
from chalicelib.core.language.spec import WorkflowType
from chalicelib.core.model import Context, Task
from chalicelib.core.states import CANCELLED, ERROR, RUNNING, SUCCESS, TERMINAL, State
from chalicelib.errors import SizeLimitExceeded

RESERVED = frozenset({"__execution", "__env", "__task_execution", security.VARIABLE})


def check(draft: Draft) -> None:
    """End a run in which nothing is left to do or to wait for."""
    progress = draft.progress
    if draft.head.state is not RUNNING or progress.active or progress.work or progress.backlog:
        return
    failed = _failed(draft)
    cancelled = sorted(task.name for task in failed if task.state is CANCELLED)
    if cancelled:
        conclude(draft, CANCELLED, "Cancelled tasks: " + ", ".join(cancelled))
    elif failed:
        conclude(draft, ERROR, messages.workflow_failure(draft, failed))
    else:
        _succeed(draft)


def conclude(draft: Draft, state: State, message: Json) -> None:
    """Put the run into a terminal state with its output. Work that is left waits in case the run comes back to life.

    For SUCCESS this raises one of `FAULTS`, with nothing changed, if the output cannot be evaluated.
    """
    if state is SUCCESS:
        output = success_output(draft)
    else:
        message, output = _unhappy(draft, state, message)
    draft.set_head(state=state, state_info=messages.info(message), output=draft.keep(output))


def _succeed(draft: Draft) -> None:
    try:
        conclude(draft, SUCCESS, None)
    except FAULTS as error:
        text = f"Failed to check and complete [wf_ex_id={draft.start.id}, wf_name={draft.spec.name}]: {error}\n"
        conclude(draft, ERROR, text)


def success_output(draft: Draft) -> JsonDict:
    """The output of a run that succeeded; too large a one becomes empty (§5). Raises one of `FAULTS`."""
    clause = draft.spec.output
    final = final_context(draft)
    output = _shown(final) if clause is None else _evaluated(draft, clause, final)
    return output if _fits(draft, output) else {}


def final_context(draft: Draft) -> Mapping[str, Json]:
    """The merged contexts of all ends of the run (§3.3); of a reverse workflow, that of its target (§11)."""
    total, merged = context.meet(draft, (context.outbound(draft, task) for task in _ends(draft)), FINAL)
    return Branch(draft, Context(total), merged)


def _ends(draft: Draft) -> list[Task]:
    """Finished tasks with nothing to follow, by order of creation."""
    if draft.spec.type is WorkflowType.REVERSE:
        target = requirements.target(draft)
        return [] if target is None or target.state not in TERMINAL else [target]
    ends = draft.progress.ends
    found = draft.all_tasks() if ends is None else sorted(draft.fetch(ends), key=lambda task: task.order)
    return [task for task in found if task.state in TERMINAL and not task.has_next]


def _failed(draft: Draft) -> list[Task]:
    failed = draft.progress.failed
    return [
        task
        for task in (draft.all_tasks() if failed is None else draft.fetch(failed))
        if task.state is CANCELLED or (task.state is ERROR and not task.error_handled)
    ]


def _unhappy(draft: Draft, state: State, message: Json) -> tuple[Json, JsonDict]:
    """Message and output of a run that failed or was cancelled; an `output-on-error` that fails becomes the message."""
    result: JsonDict = {"result": messages.cut(draft, message)}
    if state is CANCELLED:
        return message, result
    clause = draft.spec.output_on_error
    try:
        final = final_context(draft)
        more = _shown(final) if clause is None else _evaluated(draft, clause, final)
        merged = deep_merge(result, more)
    except FAULTS as error:
        text = (
            "Failed to evaluate expression in output-on-error! "
            f"(output-on-error: '{clause}', exception: '{messages.brief(error)}' Cause: '{message}'"
        )
        return text, {"result": messages.cut(draft, text)}
    return message, merged if _fits(draft, merged) else result


def _fits(draft: Draft, output: JsonDict) -> bool:
    try:
        messages.check_size(draft, "output", output)
    except SizeLimitExceeded:
        return False
    return True


def _evaluated(draft: Draft, clause: Mapping[str, Json], final: Mapping[str, Json]) -> JsonDict:
    value = evaluate(dict(clause), Scopes(draft).output(final), Answers(draft))
    return value if isinstance(value, dict) else {}


def _shown(final: Mapping[str, Json]) -> JsonDict:
    return {name: value for name, value in final.items() if name not in RESERVED}
