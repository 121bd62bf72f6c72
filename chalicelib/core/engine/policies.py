"""Policies: what delays, limits, fails or repeats a task (engine rules §13).

They are asked at two points: before a task begins and after it ended. Each time their values are evaluated anew, in one
order, and checked for their type; whatever cannot be evaluated fails the task and the run at once. Every delay is a
`Wake`. Joins have no before-policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.core.engine import context
from chalicelib.core.engine.answers import Answers
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.variables import Scopes
from chalicelib.core.expr import evaluate
from chalicelib.core.jsontext import Json
from chalicelib.core.lang.spec import Policies, Retry
from chalicelib.core.model import Task
from chalicelib.core.states import ERROR, SUCCESS
from chalicelib.errors import InvalidRequest

RETRIES = "retry_task_policy"
"""Where a task remembers its retries, under the name that the API of Mistral shows."""

_ABSENT = Policies()


@dataclass(frozen=True, slots=True)
class Values:
    """The policies of a task as they are now; seconds and counts."""

    pause_before: bool = False
    wait_before: int = 0
    wait_after: int = 0
    timeout: int = 0
    concurrency: int = 0
    retry_count: int = 0
    retry_delay: int = 0


NONE = Values()


def values(draft: Draft, task: Task) -> Values:
    """Evaluate the policies of a task, all but `fail-on` and the conditions of `retry`. Raises `InvalidRequest`."""
    spec = draft.spec_of(task).policies
    if spec == _ABSENT:
        return NONE
    scope, answers = Scopes(draft).before(task), Answers(draft, task)

    def whole(policy: str, value: Json) -> int:
        return _whole(policy, evaluate(value, scope, answers))

    return Values(
        pause_before=_flag(evaluate(spec.pause_before, scope, answers)),
        wait_before=whole("WaitBefore", spec.wait_before),
        wait_after=whole("WaitAfter", spec.wait_after),
        retry_count=whole("Retry", spec.retry.count) if spec.retry else 0,
        retry_delay=whole("Retry", spec.retry.delay) if spec.retry else 0,
        timeout=whole("Timeout", spec.timeout),
        concurrency=whole("Concurrency", spec.concurrency),
    )


def fails(draft: Draft, task: Task) -> bool:
    """Whether `fail-on` turns the success of a task into an error; evaluated whatever the outcome."""
    spec = draft.spec_of(task).policies
    if spec.fail_on is None:
        return False
    failed = bool(evaluate(spec.fail_on, Scopes(draft).before(task), Answers(draft, task)))
    return failed and task.state is SUCCESS


def retries(draft: Draft, task: Task, count: int) -> bool:
    """Whether a task that ended is tried again (§13): not if it has been `count` times."""
    retry = draft.spec_of(task).policies.retry
    if retry is None or task.state not in (SUCCESS, ERROR):
        return False
    scope = Scopes(draft).retry(task, context.outbound(draft, task))
    wanted = _condition(draft, task, retry, scope)
    return wanted and retry_number(task) < count


def retry_number(task: Task) -> int:
    """How often a task was tried again in this run."""
    kept = task.runtime.get(RETRIES)
    number = kept.get("retry_no") if isinstance(kept, dict) else 0
    return number if isinstance(number, int) else 0


def _condition(draft: Draft, task: Task, retry: Retry, scope: Mapping[str, Json]) -> bool:
    answers = Answers(draft, task)
    go_on = None if retry.continue_on is None else bool(evaluate(retry.continue_on, scope, answers))
    stop = False if retry.break_on is None else bool(evaluate(retry.break_on, scope, answers))
    if task.state is SUCCESS:
        return go_on is True
    return not stop and go_on is not False


def _whole(policy: str, value: Json) -> int:
    """A number of seconds or times. Raises `InvalidRequest` with the text of Mistral 23.0.0."""
    if value is None:
        return 0
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(policy, f"{value!r} is not of type 'integer'")
    if value < 0:
        raise _wrong(policy, f"{value!r} is less than the minimum of 0")
    return value


def _flag(value: Json) -> bool:
    if value is not None and not isinstance(value, bool):
        raise _wrong("PauseBefore", f"{value!r} is not of type 'boolean'")
    return bool(value)


def _wrong(policy: str, problem: str) -> InvalidRequest:
    return InvalidRequest(
        f"Invalid data type in {policy}Policy: {problem}. Value(s) can be shown after YAQL evaluating. "
        "If you use YAQL here, please correct it."
    )
