"""A run on a table top: committed rows in dictionaries, and a driver that plays step handler and executor.

Nothing is shared with the real store but the model, so what passes here passes on the engine alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chalicelib.actions.library import Library
from chalicelib.core import ids, jsontext
from chalicelib.core.engine.draft import Changes, Draft, Limits
from chalicelib.core.engine.effects import GoOn, RunAction
from chalicelib.core.engine.events import ActionEnded, Event, Proceed
from chalicelib.core.engine.start import Opening, open_run
from chalicelib.core.engine.step import step
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.lang import parse_workflows
from chalicelib.core.lang.spec import WorkflowSpec
from chalicelib.core.model import Action, ActionKey, Blob, Run, Source, Task, TaskKey
from chalicelib.core.states import SUCCESS, State
from chalicelib.errors import NotFound

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Rows:
    """Committed rows of one run."""

    kept: dict[TaskKey, Task] = field(default_factory=dict)
    old_actions: dict[ActionKey, Action] = field(default_factory=dict)
    indexes: dict[str, Mapping[str, Source]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    reads: int = 0

    def task(self, key: TaskKey) -> Task | None:
        self.reads += 1
        return self.kept.get(key)

    def fetch(self, keys: Iterable[TaskKey]) -> Sequence[Task]:
        return [self.kept[key] for key in keys if key in self.kept]

    def tasks(self) -> Sequence[Task]:
        return sorted(self.kept.values(), key=lambda task: task.order)

    def action(self, key: ActionKey) -> Action | None:
        return self.old_actions.get(key)

    def actions(self, key: TaskKey) -> Sequence[Action]:
        current = self.kept[key].action
        found = [action for action in self.old_actions.values() if action.key.task == key]
        return [*found, current] if current is not None else found

    def load(self, blob: Blob) -> Json:
        if blob.hash not in self.blobs:
            raise NotFound()
        return jsontext.loads(self.blobs[blob.hash])

    def index(self, base: str) -> Mapping[str, Source]:
        return self.indexes[base]

    def other(self, execution_id: str) -> tuple[Run, Sequence[Task]] | None:
        return None

    def others(self, root_execution_id: str | None) -> Sequence[Run]:
        return []

    def commit(self, changes: Changes) -> None:
        self.kept.update({task.key: task for task in changes.tasks})
        self.old_actions.update({action.key: action for action in changes.actions})
        self.indexes.update(changes.indexes)
        self.blobs.update(changes.blobs)


class Table:
    """One execution of the first workflow of a document."""

    def __init__(
        self, text: str, given: JsonDict | None = None, params: JsonDict | None = None, limits: Limits | None = None
    ) -> None:
        spec = parse_workflows(text)[0].spec
        assert isinstance(spec, WorkflowSpec)
        self.spec = spec
        self.rows = Rows()
        self.library = Library()
        self.limits = limits or Limits()
        self.dispatched: list[RunAction] = []
        self.commits = 0
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
        )
        self.run, blobs = open_run(spec, opening, self.rows, self.library)
        self.rows.blobs.update(blobs)

    def apply(self, *events: Event) -> Table:
        """Apply events, each in a step of its own, and go on while the engine wants to."""
        pending = list(events)
        while pending:
            draft = Draft(self.run, self.spec, self.rows, self.library, NOW, self.limits)
            step(draft, pending.pop(0))
            changes = draft.changes()
            if changes is None:
                continue
            self.commits += 1
            self.rows.commit(changes)
            self.run = Run(self.run.start, changes.head)
            self.dispatched += [effect for effect in changes.effects if isinstance(effect, RunAction)]
            if GoOn() in changes.effects:
                pending.insert(0, Proceed())
        return self

    def go(self) -> Table:
        """Start the run."""
        return self.apply(Proceed())

    def end(self, name: str, state: State = SUCCESS, result: Json = None, instance: int = 0) -> Table:
        """Bring the result of the latest action execution of a task."""
        return self.apply(self.ending(name, state, result, instance))

    def ending(self, name: str, state: State = SUCCESS, result: Json = None, instance: int = 0) -> ActionEnded:
        """The event that brings the result of the latest action execution of a task."""
        task = self.rows.kept[TaskKey(self.spec.tasks[name].index, instance)]
        return ActionEnded(ActionKey(task.key, task.attempts), state, result)

    @property
    def state(self) -> str:
        return str(self.run.head.state)

    @property
    def output(self) -> Json:
        value = self.run.head.output
        return self.rows.load(value) if isinstance(value, Blob) else value

    @property
    def states(self) -> dict[str, list[str]]:
        """Task name to the states of its executions."""
        found: dict[str, list[str]] = {}
        for task in self.rows.tasks():
            found.setdefault(task.name, []).append(str(task.state))
        return found

    def task(self, name: str, instance: int = 0) -> Task:
        return self.rows.kept[TaskKey(self.spec.tasks[name].index, instance)]

    def id_of(self, name: str) -> str:
        return ids.task_id(ids.partition("an-execution"), self.task(name).key)
