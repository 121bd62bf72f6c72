"""Policies of a task: their values, and the backoff of retries.

They are asked at two points: before a task begins and after it ended. Each time their values are evaluated anew, in one
order, and checked for their type; whatever cannot be evaluated fails the task and the run at once. Every delay is a
`Wake`. Joins have no before-policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from chalicelib.core.engine.data import context
from chalicelib.core.engine.data.expression_host import Answers
from chalicelib.core.engine.data.scopes import Scopes
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.expressions import evaluate
from chalicelib.core.jsontext import Json
from chalicelib.core.language import schemas
from chalicelib.core.language.rules import Rule, between, boolean, every, most_relevant, natural
from chalicelib.core.language.spec import Policies, Retry
from chalicelib.core.model import Task
from chalicelib.core.states import ERROR, SUCCESS
from chalicelib.errors import InvalidRequest

LONGEST = 365 * 24 * 3600
"""Seconds up to which delays grow where no `max-delay` says otherwise."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The delays of `retry`, in seconds."""

    delay: int = 0
    backoff: float = 1
    """By what each delay is multiplied to get the next one; at least 1."""
    max_delay: int = 0
    """What no delay exceeds; 0: there is no such bound."""
    jitter: float = 0
    """Which part of a delay chance may take away, from 0 to 1."""

    def seconds(self, number: int, chance: float) -> int:
        """The delay after `number` retries; `chance` is from [0, 1). Whole seconds, as timers have."""
        return round(min(self._grown(number), self._most) * (1 - self.jitter * chance))

    @property
    def _most(self) -> int:
        return self.max_delay or max(self.delay, LONGEST)

    def _grown(self, number: int) -> float:
        if self.backoff == 1 or not self.delay:
            return self.delay
        try:
            return self.delay * float(self.backoff) ** number
        except OverflowError:
            return self._most


STEADY = Pace()
"""The pace of `retry` without any delay."""


RETRIES = "retry_task_policy"
"""Where a task remembers its retries, under the name that the API of Mistral shows."""


_ABSENT = Policies()


_NO_RETRY = Retry(count=0, delay=0)


_SECONDS = every(natural, between(0, 100 * LONGEST))
"""A time that can still be added to a date."""


@dataclass(frozen=True, slots=True)
class Values:
    """The policies of a task as they are now; seconds and counts."""

    pause_before: bool = False
    wait_before: int = 0
    wait_after: int = 0
    timeout: int = 0
    concurrency: int = 0
    tolerate: Json = None
    """How many items may fail: a number or a percentage."""
    retry_count: int = 0
    retry_pace: Pace = STEADY


NONE = Values()


def values(draft: Draft, task: Task) -> Values:
    """Evaluate the policies of a task, all but `fail-on` and the conditions of `retry`. Raises `InvalidRequest`."""
    spec = draft.spec_of(task).policies
    if spec == _ABSENT:
        return NONE
    scope, answers = Scopes(draft).before(task), Answers(draft, task)

    def found(policy: str, value: Json, rule: Rule) -> Json:
        return None if value is None else _checked(policy, evaluate(value, scope, answers), rule)

    def whole(policy: str, value: Json, rule: Rule = _SECONDS) -> int:
        return int(_number(found(policy, value, rule)))

    retry = spec.retry or _NO_RETRY
    return Values(
        pause_before=bool(found("PauseBefore", spec.pause_before, boolean)),
        wait_before=whole("WaitBefore", spec.wait_before),
        wait_after=whole("WaitAfter", spec.wait_after),
        retry_count=whole("Retry", retry.count, natural),
        retry_pace=Pace(
            delay=whole("Retry", retry.delay),
            backoff=_number(found("Retry", retry.backoff, schemas.BACKOFF)) or 1,
            max_delay=whole("Retry", retry.max_delay),
            jitter=_number(found("Retry", retry.jitter, schemas.JITTER)),
        ),
        timeout=whole("Timeout", spec.timeout),
        concurrency=whole("Concurrency", spec.concurrency, natural),
        tolerate=found("Tolerate", spec.tolerate, schemas.TOLERANCE),
    )


def tolerated(wanted: Json, count: int) -> int:
    """How many of `count` items may fail; a percentage is rounded down."""
    if isinstance(wanted, str):
        return int(Fraction(wanted.removesuffix("%")) * count / 100)
    return int(_number(wanted))


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


def _checked(policy: str, value: Json, rule: Rule) -> Json:
    """The value of a policy that is given. Raises `InvalidRequest` with the text of Mistral 23.0.0, for null too."""
    faults = rule(value)
    if faults:
        raise InvalidRequest(
            f"Invalid data type in {policy}Policy: {most_relevant(faults)[1]}. "
            "Value(s) can be shown after YAQL evaluating. If you use YAQL here, please correct it."
        )
    return value


def _number(value: Json) -> float:
    return value if isinstance(value, (int, float)) else 0
