"""Host interface of expressions: what they may read of this run and of other runs.

Whose runs these are is up to the rows: they never show another project's. How many are looked at is bounded here; an
expression that wants more fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.data.scopes import Branch, Stored, environment
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Context, Run, Task
from chalicelib.errors import ExpressionError


class Elsewhere:
    """What one evaluation has seen of other runs, the run at hand among them."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._sight = draft.limits.sight
        self._seen: dict[str, Run | None] = {draft.start.id: Run(draft.start, draft.head)}
        self._read = 0

    def run(self, execution_id: str) -> Run | None:
        """A run of this project. Raises `ExpressionError` if these are too many."""
        if execution_id not in self._seen:
            if len(self._seen) >= self._sight.runs:
                raise ExpressionError(f"An expression can look at {self._sight.runs} executions at most")
            self._seen[execution_id] = self._draft.rows.other(execution_id)
        return self._seen[execution_id]

    def runs(self, root: str | None) -> Iterable[Run]:
        """The newest runs of this project, or of those the descendants of `root`."""
        mine = Run(self._draft.start, self._draft.head)
        return [mine if run.start.id == mine.start.id else run for run in self._draft.rows.others(root)]

    def recent(self) -> list[str]:
        """This run and the newest others."""
        mine = self._draft.start.id
        newest = [run.start.id for run in self._draft.rows.others(None)]
        return [mine, *(other for other in newest if other != mine)][: self._sight.recent]

    def tasks(self, execution_id: str) -> list[tuple[Run, Task]]:
        """The task executions of a run. Raises `ExpressionError` if these are too many."""
        draft, run = self._draft, self.run(execution_id)
        if run is None:
            return []
        if execution_id == draft.start.id:
            return [(run, task) for task in draft.all_tasks()]
        self._read += run.head.progress.created
        if self._read > self._sight.tasks:
            raise ExpressionError(f"An expression can look at {self._sight.tasks} task executions at most")
        return [(run, task) for task in draft.rows.other_tasks(execution_id)]

    def below(self, found: list[tuple[Run, Task]]) -> list[tuple[Run, Task]]:
        """The task executions given and those of all sub-executions below them."""
        every = list(found)
        for run, task in every:  # which grows meanwhile
            every += [pair for child_id in _children(run, task) for pair in self.tasks(child_id)]
        return every

    def is_echo(self, run: Run, task: Task) -> bool:
        """Whether a task execution has a sub-execution that is in the same state."""
        found = (self.run(child_id) for child_id in _children(run, task))
        return any(child is not None and child.head.state is task.state for child in found)

    def actions(self, run: Run, task: Task) -> list[Action]:
        """The action executions of a task execution as they count now, by number."""
        if run.start.id == self._draft.start.id:
            return self._draft.actions(task)
        found = [] if task.action is None else [task.action]
        if task.items is not None and task.items.count <= self._sight.items:
            found = list(self._draft.rows.other_actions(run.start.id, task.key))
        return [task.standing(action) for action in found]


def _children(run: Run, task: Task) -> list[str]:
    return sub_executions.ids_of(ids.partition(run.start.id), task)


class Answers:
    """Answers an expression that stands at `task`, or at the workflow itself."""

    def __init__(self, draft: Draft, task: Task | None = None) -> None:
        self._draft = draft
        self._task = task

    def now(self) -> datetime:
        """The time of this step."""
        return self._draft.now

    def uuid(self) -> str:
        """A UUID that a repeated step draws again."""
        return self._draft.uuid()

    def env(self) -> Json:
        """The environment."""
        return environment(self._draft)

    def global_variable(self, name: str) -> Json:
        """A variable published globally or declared under `vars`."""
        draft = self._draft
        if name in draft.head.globals:
            return Branch(draft, Context(draft.head.globals))[name]
        return Stored(draft, draft.start.vars).get(name)

    def execution(self) -> Json:
        """This execution."""
        draft = self._draft
        shown = _execution(Run(draft.start, draft.head), draft.spec.body)
        return {**shown, "input": draft.load(draft.start.input), "params": draft.load(draft.start.params)}

    def executions(
        self,
        id: str | None,
        root_execution_id: str | None,
        state: str | None,
        from_time: str | None,
        to_time: str | None,
    ) -> list[Json]:
        """Executions of the project that match every filter given."""
        found = [run for run in self._candidates(id, root_execution_id) if state is None or run.head.state == state]
        return [
            _execution(run)
            for run in found
            if (from_time is None or _time(run.start.created_at) >= from_time)
            and (to_time is None or _time(run.start.created_at) < to_time)
        ]

    def task(self, name: str | None) -> Json:
        """The current task execution, or the latest of that name."""
        draft = self._draft
        if self._task is not None and name in (None, self._task.name):
            found: Task | None = draft.task(self._task.key) or self._task
        elif name is None or name not in draft.spec.tasks:
            found = None
        else:
            found = draft.latest(draft.spec.tasks[name].index)
        return None if found is None else self._shown(Elsewhere(draft), Run(draft.start, draft.head), found)

    def tasks(self, workflow_execution_id: str | None, recursive: bool, state: str | None, flat: bool) -> list[Json]:
        """Task executions of one execution, or of the newest executions of the project."""
        elsewhere = Elsewhere(self._draft)
        wanted = elsewhere.recent() if workflow_execution_id is None else [workflow_execution_id]
        found = [pair for execution_id in wanted for pair in elsewhere.tasks(execution_id)]
        if recursive and workflow_execution_id is not None:
            found = elsewhere.below(found)
        kept = [(run, task) for run, task in found if state in (None, task.state)]
        shown = [(run, task) for run, task in kept if not flat or not elsewhere.is_echo(run, task)]
        return [self._shown(elsewhere, run, task) for run, task in shown]

    def _candidates(self, id: str | None, root: str | None) -> Iterable[Run]:
        elsewhere = Elsewhere(self._draft)
        if id is None:
            return elsewhere.runs(root)
        found = elsewhere.run(id)
        return [found] if found is not None and root in (None, found.start.root_execution_id) else []

    def _shown(self, elsewhere: Elsewhere, run: Run, task: Task) -> Json:
        draft = self._draft
        spec = draft.spec.tasks[task.name] if run.start.id == draft.start.id else None
        return {
            "id": ids.task_id(ids.partition(run.start.id), task.key),
            "name": task.name,
            "spec": spec.body if spec is not None else None,
            "state": str(task.state),
            "state_info": task.state_info,
            "result": _result(draft, task, elsewhere.actions(run, task)),
            "published": published_of(draft, task),
            "type": task.kind,
            "workflow_execution_id": run.start.id,
            "created_at": _time(task.created_at),
            "updated_at": _time(task.updated_at),
        }


def result_of(draft: Draft, task: Task) -> Json:
    """`task().result`: no accepted action execution gives `[]`, one gives its value, several or items a list (§4)."""
    return _result(draft, task, draft.actions(task))


def _result(draft: Draft, task: Task, actions: list[Action]) -> Json:
    accepted = sorted((action for action in actions if action.accepted), key=lambda action: action.index)
    results = [draft.load(action.output) for action in accepted]
    return results[0] if len(results) == 1 and task.items is None else results


def published_of(draft: Draft, task: Task) -> JsonDict:
    """What a task execution published to its branch."""
    return {name: draft.load(value) for name, value in (task.published or {}).items()}


def _execution(run: Run, body: JsonDict | None = None) -> JsonDict:
    return {
        "id": run.start.id,
        "name": run.start.workflow_name,
        "spec": body,
        "state": str(run.head.state),
        "created_at": _time(run.start.created_at),
        "updated_at": _time(run.head.updated_at),
        "root_execution_id": run.start.root_execution_id,
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
