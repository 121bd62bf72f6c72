"""The life of a task execution: created, begun, completed (engine rules §6).

What follows a completed task is decided in `transitions`; when a join may begin, in `joins`.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.action import calls
from chalicelib.core.engine.data import messages, publishing, requirements
from chalicelib.core.engine.data.expression_host import Answers
from chalicelib.core.engine.data.scopes import Scopes
from chalicelib.core.engine.run import finish
from chalicelib.core.engine.state import bookkeeping
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.engine.state.interfaces import FAULTS, NoOutcome, Outcome
from chalicelib.core.engine.task import delays, policies, transitions
from chalicelib.core.expressions import evaluate
from chalicelib.core.jsontext import Json
from chalicelib.core.language.spec import TaskSpec, WorkflowType
from chalicelib.core.model import Action, Context, DelayKind, Task
from chalicelib.core.progress import Work, WorkKind
from chalicelib.core.states import ERROR, IDLE, PAUSED, RUNNING, TERMINAL, WAITING, State
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.errors import SizeLimitExceeded


def create(draft: Draft, spec: TaskSpec, context: Context, triggered_by: tuple[tuple[TaskKey, str], ...]) -> Task:
    """A new execution of a task: IDLE, or WAITING if it is a join."""
    key = bookkeeping.next_key(draft, spec.index)
    waits = spec.join is not None
    task = Task(
        key=key,
        name=spec.name,
        order=draft.progress.created,
        state=WAITING if waits else IDLE,
        state_info="Task is waiting." if waits else None,
        kind=spec.kind,
        context=context,
        triggered_by=triggered_by,
        tags=spec.tags,
        created_at=draft.now,
        updated_at=draft.now,
    )
    bookkeeping.created(draft, task)
    return draft.put(task)


def begin(draft: Draft, task: Task) -> None:
    """Start a task execution: see to its policies, then to its action (§6, §13)."""
    task = draft.put(replace(task, state=RUNNING, state_info=None, started_at=draft.now, finished_at=None))
    try:
        wanted = policies.values(draft, task)
    except FAULTS as error:
        fail(draft, task, messages.run_failure(draft, task, error))
        return
    if not delays.before(draft, task, wanted):
        start_action(draft, _again(draft, task))


def start_action(draft: Draft, task: Task) -> None:
    """Start the action of a task; what cannot be evaluated or found fails the task and the run at once (§6)."""
    task = draft.put(replace(task, state=RUNNING, state_info=None, delay=None))
    spec = draft.spec_of(task)
    if spec.with_items:
        bookkeeping.push(draft, Work(WorkKind.ITEMS, task.key))
        return
    if spec.workflow is not None:
        _start_child(draft, task, spec)
        return
    try:
        call = calls.prepare(draft, task, calls.callee(draft, task, spec), calls.evaluated(draft, task, spec))
        target = evaluate(spec.target, Scopes(draft).target(task, call.given), Answers(draft, task))
        timeout = policies.values(draft, task).timeout
    except FAULTS as error:
        fail(draft, task, messages.run_failure(draft, task, error))
        return
    if call.flaw is not None:
        complete(draft, task, ERROR, call.flaw)
    else:
        _launch(draft, task, call, target, timeout)


def _start_child(draft: Draft, task: Task, spec: TaskSpec) -> None:
    """Have the workflow of a task started; whether it exists and takes this input is seen then (§14)."""
    try:
        name = calls.callee(draft, task, spec)
        given = calls.evaluated(draft, task, spec)
    except FAULTS as error:
        fail(draft, task, messages.run_failure(draft, task, error))
        return
    problem = calls.too_large(draft, given)
    if problem is not None:
        complete(draft, task, ERROR, problem)
    else:
        sub_executions.launch(draft, task, name, given)


def refused(draft: Draft, task: Task, child: Action, reason: str) -> None:
    """A sub-execution could not be started, which ends the task at once; there is no result of it (§14)."""
    put_action(draft, task, replace(child, state=ERROR, updated_at=draft.now))
    if child.key.number > task.superseded and task.state in (RUNNING, PAUSED):
        complete(draft, _again(draft, task), ERROR, reason)


def _launch(draft: Draft, task: Task, call: calls.Call, target: Json, timeout: int) -> None:
    if task.action is not None:
        draft.put_action(task.action)
    key = ActionKey(task.key, task.attempts + 1)
    outcome = calls.perform(draft, call, key, target)
    action = calls.opened(draft, task, key, call, outcome is NoOutcome.NEEDS_EXECUTOR, timeout)
    task = draft.put(replace(task, action=action, attempts=key.number))
    if outcome is NoOutcome.NEEDS_EXECUTOR:
        draft.effects.append(calls.order(action, target))
    elif isinstance(outcome, Outcome):
        end_action(draft, task, action, outcome)


def end_action(draft: Draft, task: Task, action: Action, outcome: Outcome) -> None:
    """An action execution has its result; unless the task is over or tries again, this completes it (§16.1).

    Nor does it if the task ended without it, in time, and waits only to be over.
    """
    ended = task.state in TERMINAL or task.delay is not None
    if record(draft, task, action, outcome) and action.key.number > task.superseded and not ended:
        complete(draft, _again(draft, task), outcome.state, _message(task, outcome))


def record(draft: Draft, task: Task, action: Action, outcome: Outcome) -> bool:
    """Keep the result of an action execution; one that cannot be kept fails the task and the run. Whether it can."""
    counts = action.key.number > task.void
    ended = replace(action, state=outcome.state, accepted=counts, updated_at=draft.now, base=None)
    try:
        outcome = calls.reshaped(draft, action, outcome)
        messages.check_size(draft, "output", outcome.result)
    except SizeLimitExceeded as error:
        message = messages.completion_failure(draft, task, error)
        return _not_recorded(draft, task, replace(ended, output=error.message), message)
    except FAULTS as error:
        message = messages.output_failure(error, action, task)
        return _not_recorded(draft, task, replace(ended, accepted=False, output=message), message)
    put_action(draft, task, replace(ended, output=draft.keep(outcome.result)))
    return True


def _not_recorded(draft: Draft, task: Task, ended: Action, message: str) -> bool:
    put_action(draft, task, replace(ended, state=ERROR))
    if ended.key.number > task.superseded and task.state not in TERMINAL:
        fail(draft, _again(draft, task), message)
    return False


def _message(task: Task, outcome: Outcome) -> str | None:
    """The state info that a result brings: of a sub-execution, the `result` of its output (§9)."""
    if task.kind == sub_executions.KIND:
        return messages.info(outcome.result.get("result")) if isinstance(outcome.result, dict) else None
    return messages.python_text(outcome.result) if outcome.state is ERROR else None


def complete(draft: Draft, task: Task, state: State, message: str | None) -> None:
    """A task execution ended: publish, see to its policies, then decide what follows (§6, in this order)."""
    bookkeeping.unpaused(draft, task)
    sub_executions.stray(draft, task)
    task = draft.put(replace(task, state=state, state_info=message, delay=None, finished_at=draft.now))
    try:
        task = publishing.publish(draft, task)
        task = delays.after(draft, _without_result(draft, task))
    except FAULTS as error:
        bookkeeping.closed(draft, task.key.place)
        force(draft, _again(draft, task), error)
        return
    if task.state in TERMINAL:
        bookkeeping.closed(draft, task.key.place)
        _go_on(draft, task)


def wake(draft: Draft, key: TaskKey) -> None:
    """The delay of a task is over; a run that is over keeps this for a second life, a paused one until it goes on."""
    task = draft.task(key)
    if task is None or task.delay is None:
        return
    if draft.head.state in TERMINAL or (draft.head.state is PAUSED and task.delay.kind is not DelayKind.END):
        _wake_later(draft, Work(WorkKind.WAKE, key))
    elif task.delay.kind is DelayKind.END:
        complete(draft, task, task.delay.state, task.delay.state_info)
    else:
        start_action(draft, draft.put(replace(task, started_at=task.started_at or draft.now)))


def _wake_later(draft: Draft, work: Work) -> None:
    if work not in draft.progress.work:
        bookkeeping.push(draft, work)


def _go_on(draft: Draft, task: Task) -> None:
    """See what follows a completed task: now or, if the run is paused, when it is resumed."""
    if draft.head.state is PAUSED:
        bookkeeping.push(draft, Work(WorkKind.AGAIN, task.key))
        return
    try:
        decide(draft, task)
    except FAULTS as error:
        force(draft, task, error)


def force(draft: Draft, task: Task, error: Exception) -> None:
    """Force a completed task and its run into ERROR: what it publishes or what follows cannot be evaluated (§6)."""
    _force(draft, task, messages.completion_failure(draft, task, error))


def decide(draft: Draft, task: Task, recomputed: bool = False) -> None:
    """Compute what follows a completed task and queue it. Raises `ExpressionError` from guards.

    When the run is over nothing is queued, but joins know the task in case the run comes back to life.
    """
    if draft.spec.type is WorkflowType.REVERSE:
        bookkeeping.noted(draft, draft.put(replace(task, processed=True)))
        requirements.ready(draft, task)
        return
    following = transitions.following(draft, task, recomputed)
    task = draft.put(
        replace(
            task,
            next=following.commands,
            has_next=following.has_next,
            error_handled=following.error_handled,
            processed=True,
        )
    )
    bookkeeping.judged(draft, draft.spec_of(task), following.triggered)
    bookkeeping.noted(draft, task)
    if following.commands and draft.head.state not in TERMINAL:
        bookkeeping.push(draft, Work(WorkKind.NEXT, task.key))


def fail(draft: Draft, task: Task, message: str) -> None:
    """Force a running task and its run into ERROR, past every `on-error` (§6)."""
    bookkeeping.unpaused(draft, task)
    sub_executions.stray(draft, task)
    bookkeeping.closed(draft, task.key.place)
    _force(draft, task, message)


def _force(draft: Draft, task: Task, message: str) -> None:
    info = messages.info(message)
    draft.put(replace(task, state=ERROR, state_info=info, finished_at=draft.now))
    bookkeeping.noted(draft, task)
    if draft.head.state not in TERMINAL:
        finish.conclude(draft, ERROR, message)


def put_action(draft: Draft, task: Task, action: Action) -> None:
    """Change an action execution, wherever it is kept."""
    if task.action is not None and task.action.key == action.key:
        draft.put(replace(task, action=action))
    else:
        draft.put_action(action)


def _again(draft: Draft, task: Task) -> Task:
    return draft.task(task.key) or task


def _without_result(draft: Draft, task: Task) -> Task:
    """Wipe the results of a task with `keep-result: false`, which was published by now (§6 d)."""
    if draft.spec_of(task).keep_result or task.kind != "ACTION":
        return task
    if task.items is not None:
        return draft.put(replace(task, items=replace(task.items, wiped=task.attempts)))
    if task.action is None:
        return task
    return draft.put(replace(task, action=replace(task.action, output=None)))
