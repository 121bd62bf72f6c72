"""What policies make a task wait for: before it begins, after it ended, before it is tried again (engine rules §13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.data.expression_host import Answers
from chalicelib.core.engine.state import bookkeeping
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.effects import Wake
from chalicelib.core.engine.state.events import TimedOut, Woken
from chalicelib.core.engine.task import policies
from chalicelib.core.engine.task.policies import Pace, Values
from chalicelib.core.expressions import chance
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Action, Delay, DelayKind, Task
from chalicelib.core.progress import Work, WorkKind
from chalicelib.core.states import CANCELLED, DELAYED, ERROR, IDLE, RUNNING, WAITING

WAITED_BEFORE = "wait_before_policy"
WAITED_AFTER = "wait_after_policy"
CONCURRENCY = "concurrency"
"""What a task remembers of its policies, under the names that the API of Mistral shows."""


def before(draft: Draft, task: Task, wanted: Values) -> bool:
    """Apply the policies of a task that is about to begin; whether it has to wait. Joins have none."""
    if draft.spec_of(task).join is not None:
        return False
    if wanted.concurrency:
        task = draft.put(replace(task, runtime={**task.runtime, CONCURRENCY: wanted.concurrency}))
    if wanted.pause_before:
        _park(draft, task, wanted)
        return True
    if wanted.timeout:
        at = draft.now + timedelta(seconds=wanted.timeout)
        draft.effects.append(Wake(at, TimedOut(task.key, task.run, wanted.timeout)))
    if wanted.wait_before:
        waits = replace(task, runtime={**task.runtime, WAITED_BEFORE: {"skip": True}})
        _delay(draft, waits, wanted.wait_before, Delay(DelayKind.BEGIN), "wait-before")
    return bool(wanted.wait_before)


def after(draft: Draft, task: Task) -> Task:
    """Apply the policies of a task that ended; it is DELAYED or WAITING then if it has not ended after all."""
    if task.state is CANCELLED:
        return task
    wanted = policies.values(draft, task)
    if wanted.wait_after and WAITED_AFTER not in task.runtime:
        return _wait_after(draft, task, wanted.wait_after)
    if policies.fails(draft, task):
        task = draft.put(replace(task, state=ERROR, state_info="Failed by 'fail-on' policy"))
    if policies.retries(draft, task, wanted.retry_count):
        return _retry(draft, task, wanted.retry_pace)
    if wanted.retry_count and policies.RETRIES not in task.runtime:
        task = draft.put(replace(task, runtime={**task.runtime, policies.RETRIES: {}}))
    return task


def timed_out(draft: Draft, task: Task, seconds: int) -> None:
    """See to a task that did not end in time: once it has waited to be tried again, it gets as much time once more."""
    if task.delay is None:
        return
    woken = Woken(task.key, task.wakes)
    begins = next((e.at for e in draft.effects if isinstance(e, Wake) and e.event == woken), draft.now)
    draft.effects.append(Wake(begins + timedelta(seconds=seconds), TimedOut(task.key, task.run, seconds)))


def _park(draft: Draft, task: Task, wanted: Values) -> None:
    info = "Set by 'pause-before' policy"
    seen: JsonDict = {WAITED_BEFORE: {}} if wanted.wait_before else {}  # asked, and switched off by `pause-before`
    runtime: JsonDict = {**task.runtime, **seen}
    draft.put(
        replace(task, state=IDLE, state_info=info, delay=Delay(DelayKind.BEGIN), started_at=None, runtime=runtime)
    )
    draft.set_progress(backlog=(*draft.progress.backlog, Work(WorkKind.WAKE, task.key)))
    if draft.head.state is RUNNING:
        sub_executions.pause(draft)


def _wait_after(draft: Draft, task: Task, seconds: int) -> Task:
    runtime: JsonDict = {**task.runtime, WAITED_AFTER: {"skip": True}}
    ended = Delay(DelayKind.END, task.state, task.state_info)
    return _delay(draft, replace(task, runtime=runtime), seconds, ended, "wait-after")


def _retry(draft: Draft, task: Task, pace: Pace) -> Task:
    """Try again: what was done so far does not count."""
    number = policies.retry_number(task)
    seconds = pace.seconds(number, chance(Answers(draft, task)) if pace.jitter else 0)
    runtime: JsonDict = {**task.runtime, policies.RETRIES: {"retry_no": number + 1}}
    action = _unaccepted(task.action)
    again = replace(task, runtime=runtime, action=action, superseded=task.attempts)
    return _delay(draft, again, seconds, Delay(DelayKind.RETRY), "retry")


def _unaccepted(action: Action | None) -> Action | None:
    return None if action is None else replace(action, accepted=False)


def _delay(draft: Draft, task: Task, seconds: int, delay: Delay, policy: str) -> Task:
    waits = delay.kind is DelayKind.RETRY and draft.spec_of(task).join is not None
    task = draft.put(
        replace(
            task,
            state=WAITING if waits else DELAYED,
            state_info=f"Delayed by '{policy}' policy [delay={seconds}]",
            delay=delay,
            wakes=task.wakes + 1,
            finished_at=None,
        )
    )
    if seconds:
        draft.effects.append(Wake(draft.now + timedelta(seconds=seconds), Woken(task.key, task.wakes)))
    else:
        bookkeeping.push(draft, Work(WorkKind.WAKE, task.key))
    return task
