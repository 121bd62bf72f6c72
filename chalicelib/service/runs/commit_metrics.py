"""What a commit says about executions and tasks, as numbers. Each commit counts once, as it happens only once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.core.engine.state.draft import Changes
from chalicelib.core.model import Head, Run, Task
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, SUCCESS, TERMINAL, State
from chalicelib.ports.observability import Metric, Metrics

BY_STATE: Mapping[State, Metric] = {
    SUCCESS: Metric.EXECUTIONS_SUCCEEDED,
    ERROR: Metric.EXECUTIONS_FAILED,
    CANCELLED: Metric.EXECUTIONS_CANCELLED,
    PAUSED: Metric.EXECUTIONS_PAUSED,
}


class Counts:
    """Tells `metrics` what was committed."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def committed(self, before: Run, changes: Changes, now: datetime) -> None:
        """A run went from one version to the next at `now`."""
        head = changes.head
        if before.head.version == 0:
            self._metrics.add(Metric.EXECUTIONS_STARTED)
        if head.state is not before.head.state and head.state in BY_STATE:
            self._metrics.add(BY_STATE[head.state])
            if head.state in TERMINAL:
                self._metrics.add(Metric.EXECUTION_LATENCY, _ms(now - before.start.created_at))
        for task in changes.tasks:
            self._count_task(task, now)
        single = {task.key for task in changes.tasks if task.items is None}
        if retried := sum(action.key.task in single for action in changes.actions):
            self._metrics.add(Metric.TASK_RETRIES, retried)

    def looked(self, found: Head, left: Head) -> None:
        """Somebody looked whether a run has to be carried on: it was stuck if so."""
        if found.unsure or found.version != left.version:
            self._metrics.add(Metric.STUCK_EXECUTIONS)

    def _count_task(self, task: Task, now: datetime) -> None:
        if task.finished_at == now:
            self._metrics.add(Metric.TASKS)
            if task.state is ERROR:
                self._metrics.add(Metric.TASKS_FAILED)
            self._metrics.add(Metric.TASK_LATENCY, _ms(now - task.created_at))


def _ms(time: timedelta) -> float:
    return time / timedelta(milliseconds=1)
