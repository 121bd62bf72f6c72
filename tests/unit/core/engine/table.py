"""A run on a table top: committed rows in dictionaries, and a driver that plays step handler and executor.

Nothing is shared with the real store but the model, so what passes here passes on the engine alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.actions.library import Library
from chalicelib.core import ids, jsontext
from chalicelib.core.engine.run.start import Opening, open_run
from chalicelib.core.engine.state.draft import Changes, Draft, Limits
from chalicelib.core.engine.state.effects import AskChild, GoOn, Notify, RunAction, StartExecution, TellParent, Wake
from chalicelib.core.engine.state.events import ActionEnded, Event, Proceed, ResumeAsked
from chalicelib.core.engine.state.interfaces import Actions
from chalicelib.core.engine.step import step
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language import parse_workflows
from chalicelib.core.language.spec import WorkflowSpec
from chalicelib.core.model import Action, Origin, Run, Source, Task
from chalicelib.core.states import SUCCESS, State
from chalicelib.core.values import ActionKey, Blob, TaskKey, Value
from chalicelib.errors import NotFound, Unavailable

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Rows:
    """Committed rows of one run."""

    kept: dict[TaskKey, Task] = field(default_factory=dict)
    old_actions: dict[ActionKey, Action] = field(default_factory=dict)
    indexes: dict[str, Mapping[str, Source]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    reads: int = 0
    """Rows of tasks read so far."""
    looks: int = 0
    """Rows of action executions read so far, but for those read by key."""
    loads: int = 0
    """Large values loaded so far."""
    away: bool = False
    """Whether large values cannot be had for a while."""
    stores: int = 0
    """Large values stored so far, counting those that were there already."""
    runs: dict[str, tuple[Run, Rows]] = field(default_factory=dict)
    """Other runs of the project, newest first."""
    visits: list[str] = field(default_factory=list)
    """Those of them that were looked at."""

    def task(self, key: TaskKey) -> Task | None:
        self.reads += 1
        return self.kept.get(key)

    def fetch(self, keys: Iterable[TaskKey]) -> Sequence[Task]:
        keys = list(keys)
        self.reads += len(keys)
        return [self.kept[key] for key in keys if key in self.kept]

    def tasks(self) -> Sequence[Task]:
        self.reads += len(self.kept)
        return sorted(self.kept.values(), key=lambda task: task.order)

    def action(self, key: ActionKey) -> Action | None:
        return self.old_actions.get(key)

    def actions(self, key: TaskKey, among: range | None = None) -> Sequence[Action]:
        found = [action for action in self.old_actions.values() if action.key.task == key]
        task = self.kept.get(key)
        found += [task.action] if task is not None and task.action is not None else []
        wanted = [action for action in found if among is None or action.key.number in among]
        self.looks += len(wanted)
        return wanted

    def load(self, blob: Blob) -> Json:
        self.loads += 1
        if self.away:
            raise Unavailable("busy")
        if blob.hash not in self.blobs:
            raise NotFound()
        return jsontext.loads(self.blobs[blob.hash])

    def index(self, base: str) -> Mapping[str, Source]:
        return self.indexes[base]

    def other(self, execution_id: str) -> Run | None:
        self.visits.append(execution_id)
        return self.runs[execution_id][0] if execution_id in self.runs else None

    def other_tasks(self, execution_id: str) -> Sequence[Task]:
        return self.runs[execution_id][1].tasks()

    def other_actions(self, execution_id: str, key: TaskKey) -> Sequence[Action]:
        return self.runs[execution_id][1].actions(key)

    def others(self, root_execution_id: str | None) -> Sequence[Run]:
        found = [run for run, _ in self.runs.values()]
        return [run for run in found if root_execution_id in (None, run.start.root_execution_id)]

    def commit(self, changes: Changes) -> None:
        self.kept.update({task.key: task for task in changes.tasks})
        self.old_actions.update({action.key: action for action in changes.actions})
        self.indexes.update(changes.indexes)
        self.stores += len(changes.blobs)
        self.blobs.update(changes.blobs)


class Table:
    """One execution of the first workflow of a document."""

    def __init__(
        self,
        text: str,
        given: JsonDict | None = None,
        params: JsonDict | None = None,
        limits: Limits | None = None,
        library: Actions | None = None,
        origin: Origin | None = None,
        root: str | None = None,
    ) -> None:
        spec = parse_workflows(text)[0].spec
        assert isinstance(spec, WorkflowSpec)
        self.spec = spec
        self.rows = Rows()
        self.library: Actions = library or Library()
        self.limits = limits or Limits()
        self.dispatched: list[RunAction] = []
        self.wakes: list[Wake] = []
        self.notices: list[Notify] = []
        self.family: list[StartExecution | AskChild | TellParent] = []
        """What was asked of sub-executions, and told to the parent."""
        self.most_family = 0
        """The most of that in one commit."""
        self.commits = 0
        self.most_rows = 0
        """The most rows that one commit wrote, but for the head."""
        opening = Opening(
            id="an-execution",
            project_id="p",
            workflow_id="w",
            workflow_namespace="",
            definition="w:1",
            input=given or {},
            params=params or {},
            description="",
            now=NOW,
            origin=origin,
            root_execution_id=root,
        )
        self.run, blobs = open_run(spec, opening, self.rows, self.library, self.limits)
        self.rows.blobs.update(blobs)

    def apply(self, *events: Event) -> Table:
        """Apply events, each in a step of its own, and go on while the engine wants to."""
        pending = list(events)
        while pending:
            changes = self.changes(pending.pop(0))
            if changes is not None and GoOn() in self.commit(changes).effects:
                pending.insert(0, Proceed())
        return self

    def changes(self, *events: Event, may_go_on: Callable[[], bool] = lambda: True) -> Changes | None:
        """What one step over `events` would change; nothing is committed."""
        draft = Draft(self.run, self.spec, self.rows, self.library, NOW, self.limits, may_go_on)
        for event in events:
            step(draft, event)
        return draft.changes()

    def commit(self, changes: Changes) -> Changes:
        """Keep the changes of a step."""
        assert changes.head.version == self.run.head.version + 1
        self.commits += 1
        self.most_rows = max(self.most_rows, len(changes.tasks) + len(changes.actions) + len(changes.indexes))
        self.rows.commit(changes)
        self.run = Run(self.run.start, changes.head)
        self.dispatched += [effect for effect in changes.effects if isinstance(effect, RunAction)]
        self.notices += [effect for effect in changes.effects if isinstance(effect, Notify)]
        self.wakes += [effect for effect in changes.effects if isinstance(effect, Wake)]
        family = (StartExecution, AskChild, TellParent)
        asked = [effect for effect in changes.effects if isinstance(effect, family)]
        self.family += asked
        self.most_family = max(self.most_family, len(asked))
        return changes

    def go(self) -> Table:
        """Start the run."""
        return self.apply(Proceed())

    def resume(self) -> Table:
        """Let a paused run go on."""
        return self.apply(ResumeAsked())

    def actions(self, name: str, instance: int = 0) -> list[Action]:
        """All action executions of a task execution, by number."""
        return list(self.rows.actions(self.task(name, instance).key))

    def end(self, name: str, state: State = SUCCESS, result: Json = None, instance: int = 0) -> Table:
        """Bring the result of the latest action execution of a task."""
        return self.apply(self.ending(name, state, result, instance))

    def ending(self, name: str, state: State = SUCCESS, result: Json = None, instance: int = 0) -> ActionEnded:
        """The event that brings the result of the latest action execution of a task."""
        return ActionEnded(self.action(name, instance), state, result)

    def action(self, name: str, instance: int = 0, number: int | None = None) -> ActionKey:
        """The key of an action execution of a task, the latest one unless told otherwise."""
        task = self.task(name, instance)
        return ActionKey(task.key, number or task.attempts)

    @property
    def state(self) -> str:
        return str(self.run.head.state)

    @property
    def info(self) -> str | None:
        return self.run.head.state_info

    @property
    def output(self) -> Json:
        return self._plain(self.run.head.output)

    @property
    def states(self) -> dict[str, list[str]]:
        """Task name to the states of its executions."""
        found: dict[str, list[str]] = {}
        for task in self.rows.tasks():
            found.setdefault(task.name, []).append(str(task.state))
        return found

    def task(self, name: str, instance: int = 0) -> Task:
        return self.rows.kept[TaskKey(self.spec.tasks[name].index, instance)]

    def published(self, name: str, instance: int = 0) -> JsonDict | None:
        found = self.task(name, instance).published
        return None if found is None else {key: self._plain(value) for key, value in found.items()}

    def results(self, name: str, instance: int = 0) -> list[Json]:
        """The accepted results of a task execution, by number of the action execution."""
        task = self.task(name, instance)
        old = [action for key, action in self.rows.old_actions.items() if key.task == task.key]
        actions = sorted([*old, *([task.action] if task.action else [])], key=lambda action: action.key.number)
        return [self._plain(action.output) for action in actions if action.accepted]

    def result(self, name: str, instance: int = 0) -> Json:
        """The only accepted result of a task execution."""
        (result,) = self.results(name, instance)
        return result

    def id_of(self, name: str, instance: int = 0) -> str:
        return ids.task_id(ids.partition("an-execution"), self.task(name, instance).key)

    def _plain(self, value: Value) -> Json:
        return self.rows.load(value) if isinstance(value, Blob) else value


class Play(Protocol):
    """Makes a table for the body of a workflow, under one of the budgets of a step."""

    def __call__(
        self,
        body: str,
        given: JsonDict | None = None,
        params: JsonDict | None = None,
        library: Actions | None = None,
        field_size: int = 1024 * 1024,
    ) -> Table: ...


def workflow(body: str) -> str:
    """A document with one workflow."""
    return "version: '2.0'\nwf:\n" + textwrap.indent(textwrap.dedent(body), "  ")
