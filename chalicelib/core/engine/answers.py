"""What the functions of expressions answer (engine rules §4): from the draft, and by bounded looks at other runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine import children
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.variables import Branch, Stored, environment
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.lang.spec import WorkflowSpec
from chalicelib.core.model import Action, Context, Run, Task


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
        return None if found is None else self._shown(Run(draft.start, draft.head), found)

    def tasks(self, workflow_execution_id: str | None, recursive: bool, state: str | None, flat: bool) -> list[Json]:
        """Task executions of one execution, or of all executions of the project."""
        wanted = [workflow_execution_id] if workflow_execution_id is not None else self._everywhere()
        found = [pair for execution_id in wanted for pair in self._tasks_of(execution_id)]
        if recursive and workflow_execution_id is not None:
            for run, task in found:  # which grows meanwhile
                found += [pair for child_id in _children(run, task) for pair in self._tasks_of(child_id)]
        kept = [(run, task) for run, task in found if state in (None, task.state)]
        return [self._shown(run, task) for run, task in kept if not flat or self._speaks_for_itself(run, task)]

    def _everywhere(self) -> list[str]:
        mine = self._draft.start.id
        return [mine, *(run.start.id for run in self._draft.rows.others(None) if run.start.id != mine)]

    def _tasks_of(self, execution_id: str) -> list[tuple[Run, Task]]:
        draft = self._draft
        if execution_id == draft.start.id:
            mine = Run(draft.start, draft.head)
            return [(mine, task) for task in draft.all_tasks()]
        run, tasks = draft.rows.other(execution_id) or (None, ())
        return [(run, task) for task in tasks] if run is not None else []

    def _speaks_for_itself(self, run: Run, task: Task) -> bool:
        """Whether a task is no mere echo of a sub-execution in the same state."""
        others = (self._draft.rows.run(child_id) for child_id in _children(run, task))
        return all(other is None or other.head.state is not task.state for other in others)

    def _candidates(self, id: str | None, root: str | None) -> Iterable[Run]:
        draft = self._draft
        mine = Run(draft.start, draft.head)
        if id is None:
            return [mine if run.start.id == draft.start.id else run for run in draft.rows.others(root)]
        other = mine if id == draft.start.id else draft.rows.run(id)
        return [other] if other is not None and root in (None, other.start.root_execution_id) else []

    def _shown(self, run: Run, task: Task) -> Json:
        draft = self._draft
        return _task(draft, run, task, draft.spec if run.start.id == draft.start.id else None)


def result_of(draft: Draft, task: Task) -> Json:
    """`task().result`: no accepted action execution gives `[]`, one gives its value, several or items a list (§4)."""
    accepted = sorted((action for action in draft.actions(task) if action.accepted), key=lambda action: action.index)
    results = [draft.load(action.output) for action in accepted]
    return results[0] if len(results) == 1 and task.items is None else results


def plain_result(draft: Draft, action: Action | None) -> Json:
    """The result of one action execution, if it is accepted."""
    return draft.load(action.output) if action is not None and action.accepted else []


def published_of(draft: Draft, task: Task) -> JsonDict:
    """What a task execution published to its branch."""
    return {name: draft.load(value) for name, value in (task.published or {}).items()}


def _children(run: Run, task: Task) -> list[str]:
    return children.ids_of(ids.partition(run.start.id), task)


def _task(draft: Draft, run: Run, task: Task, spec: WorkflowSpec | None) -> Json:
    mine = spec is not None
    return {
        "id": ids.task_id(ids.partition(run.start.id), task.key),
        "name": task.name,
        "spec": spec.tasks[task.name].body if spec is not None else None,
        "state": str(task.state),
        "state_info": task.state_info,
        "result": result_of(draft, task) if mine else plain_result(draft, task.action),
        "published": published_of(draft, task),
        "type": task.kind,
        "workflow_execution_id": run.start.id,
        "created_at": _time(task.created_at),
        "updated_at": _time(task.updated_at),
    }


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
