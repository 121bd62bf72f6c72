"""Stand-ins for what the API reads and calls: runs kept in a list, a clock that is set, values that are plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Head, Run, Start, Task
from chalicelib.core.states import RUNNING, SUCCESS, State
from chalicelib.core.values import ActionKey, Blob, TaskKey, Value
from chalicelib.errors import Forbidden
from chalicelib.ports.messaging import Message
from chalicelib.ports.runs import Due, Selection
from chalicelib.service.access.caller import DEFAULT_PROJECT, Caller
from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.workers.reports import read

NOW = datetime(2026, 11, 23, 4, 7, 16, 500_000, tzinfo=UTC)


class SetClock:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def tick(self, seconds: int = 1) -> None:
        self.time += timedelta(seconds=seconds)


class PlainValues:
    """Values as they are; blobs by their hash."""

    def load(self, value: Value) -> Json:
        return {"large": value.hash} if isinstance(value, Blob) else value


class RefusedReports:
    """Reads what workers report and believes nothing."""

    @property
    def reports(self) -> RefusedReports:
        return self

    def answer(self, body: JsonDict) -> JsonDict:
        read(body)
        raise Forbidden("The reply token cannot be read")


class KnownBuses:
    """There are all buses but those that are called `none`."""

    def lacks(self, name: str) -> bool:
        return name == "none"


class FakeRuns:
    """Runs with their tasks and actions; counts the pages that were read."""

    def __init__(self) -> None:
        self.kept: list[Run] = []
        self.kept_tasks: dict[str, list[Task]] = {}
        self.kept_actions: dict[TaskKey, list[Action]] = {}
        self.pages: list[int] = []
        self.selections: list[Selection] = []

    def add(self, run: Run, *tasks: Task) -> Run:
        self.kept.append(run)
        self.kept_tasks[ids.partition(run.start.id)] = list(tasks)
        return run

    def run(self, part: str) -> Run | None:
        return next((run for run in self.kept if ids.partition(run.start.id) == part), None)

    def some(self, parts: Sequence[str]) -> list[Run]:
        return [run for part in parts if (run := self.run(part)) is not None]

    def task(self, part: str, key: TaskKey) -> Task | None:
        return next((task for task in self.tasks(part) if task.key == key), None)

    def fetch(self, part: str, keys: Sequence[TaskKey]) -> list[Task]:
        return [task for task in self.tasks(part) if task.key in keys]

    def tasks(self, part: str) -> list[Task]:
        return self.kept_tasks.get(part, [])

    def action(self, part: str, key: ActionKey) -> Action | None:
        return next((action for action in self.kept_actions.get(key.task, []) if action.key == key), None)

    def actions(self, part: str, key: TaskKey, among: range | None = None) -> list[Action]:
        return [action for action in self.kept_actions.get(key, []) if among is None or action.key.number in among]

    def ahead(self, cursors: Mapping[str, str], limit: int) -> Due:
        return Due([] if cursors else self.kept, {} if cursors else {"0": "end"})

    def projects(self) -> list[str]:
        return sorted({run.start.project_id for run in self.kept})

    def page(self, selection: Selection, after: tuple[datetime, str] | None, limit: int, descending: bool) -> list[Run]:
        self.pages.append(limit)
        self.selections.append(selection)
        mine = [run for run in self.kept if run.start.project_id == selection.project_id]
        runs = {(run.start.created_at, run.start.id): run for run in mine}
        places = [
            place
            for place in sorted(runs, reverse=descending)
            if after is None or (place < after if descending else place > after)
        ]
        return [runs[place] for place in places[:limit]]


class QuietQueues:
    """Notes the events that are sent; nothing else is."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send_events(self, messages: Sequence[Message]) -> None:
        self.sent += messages

    send_actions = send_timers = send_events


class FakeExecutions:
    """Notes what it is asked for and answers with `answer` or the run that is there."""

    def __init__(self, runs: FakeRuns) -> None:
        self._runs = runs
        self.asked: list[tuple[object, ...]] = []
        self.error: Exception | None = None
        self.results: list[tuple[str, str, Json]] = []
        """With what action executions ended that somebody else brought a result."""

    def start(self, caller: Caller, request: StartRequest) -> Run:
        return self._note("start", request)

    def change_state(
        self, caller: Caller, execution_id: str, state: str, message: str | None, env: JsonDict | None
    ) -> Run:
        return self._note("state", execution_id, state, message, env)

    def describe(self, caller: Caller, execution_id: str, description: str | None, env: JsonDict | None) -> Run:
        return self._note("describe", execution_id, description, env)

    def delete(self, caller: Caller, execution_id: str, force: bool) -> None:
        self._note("delete", execution_id, force)

    def rerun_task(
        self, caller: Caller, task_id: str, skip: bool, env: JsonDict | None = None, reset: bool = True
    ) -> None:
        self._note("rerun", task_id, skip, env, reset)

    def complete_action(
        self, caller: Caller, action_id: str, state: str, output: Json, given: bool
    ) -> tuple[Run, Task, Action]:
        run = self._note("complete", action_id, state, output, given)
        task = self._runs.tasks(ids.partition(run.start.id))[0]
        assert task.action
        return run, task, task.action

    def has_result(self, caller: Caller, action_id: str, state: str, output: Json) -> bool:
        return (action_id, state, output) in self.results

    def _note(self, *asked: object) -> Run:
        self.asked.append(asked)
        if self.error is not None:
            raise self.error
        return self._runs.kept[0]


def run(execution_id: str = "11111111-0000-4000-8000-000000000001", **changes: Any) -> Run:
    """A run with the given members of its start and head (`state`, `output`, … belong to the head)."""
    start = {
        "id": execution_id,
        "project_id": DEFAULT_PROJECT,
        "workflow_id": "22222222-0000-4000-8000-000000000001",
        "workflow_name": "w",
        "workflow_namespace": "",
        "definition": "w/0123456789abcdef",
        "input": {"a": "żółć"},
        "params": {"env": {"k": 1}, "namespace": ""},
        "created_at": NOW,
    }
    head = {"state": RUNNING, "updated_at": NOW}
    for name, value in changes.items():
        (start if name in Start.__dataclass_fields__ and name != "description" else head)[name] = value
    return Run(Start(**start), Head(**head))  # type: ignore[arg-type]


def task(place: int = 0, state: State = SUCCESS, **changes: Any) -> Task:
    """A task execution, with an action that came to the same end."""
    key = TaskKey(place, 0)
    given = {
        "name": f"t{place}",
        "order": place,
        "created_at": NOW,
        "updated_at": NOW,
        "action": action(key, state=state),
        "attempts": 1,
    }
    return Task(key=key, state=state, **{**given, **changes})


def action(key: TaskKey = TaskKey(0, 0), number: int = 1, state: State = SUCCESS, **changes: Any) -> Action:  # noqa: B008
    """An action execution."""
    given = {"name": "std.echo", "input": {"output": 1}, "created_at": NOW, "updated_at": NOW, "accepted": True}
    return Action(ActionKey(key, number), state=state, **{**given, **changes})
