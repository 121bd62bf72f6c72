"""Trees of executions in memory: the services as they are, over fakes, driven message by message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import cast

from chalicelib.actions.library import Library
from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.run.start import Opening
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import ActionEnded, Event
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language import parse_workflows
from chalicelib.core.language.spec import WorkflowSpec
from chalicelib.core.model import Run, Task
from chalicelib.core.states import State
from chalicelib.core.values import ActionKey
from chalicelib.errors import NotFound
from chalicelib.messaging.bodies import ExecutionEvent, RemoveExecution
from chalicelib.ports.definitions import DefinitionRecord
from chalicelib.ports.runs import Runs
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.outgoing.large_values import KeptValues
from chalicelib.service.outgoing.timers import Timers
from chalicelib.service.runs.advance import Advance, Errand, Orphan
from chalicelib.service.runs.creation import Children, Creation
from chalicelib.service.runs.removal import Removal
from tests.bodies import event_of
from tests.unit.service.worlds import FakeBlobs, FakeClock, FakeLate, FakeQueues, FakeRuns

ROOT = "the root"
MOST = 20_000
"""Messages that are delivered at most."""
MADE = datetime(2026, 1, 1, tzinfo=UTC)


class Shelf:
    """The workflows of a document."""

    def __init__(self, text: str) -> None:
        specs = [parsed.spec for parsed in parse_workflows(text)]
        self.specs = {spec.name: spec for spec in specs if isinstance(spec, WorkflowSpec)}

    def spec(self, ref: str) -> WorkflowSpec:
        return self.specs[ref]

    def find_workflow(self, project_id: str, name: str, namespace: str) -> DefinitionRecord:
        if name not in self.specs:
            raise NotFound(name)
        return DefinitionRecord(
            kind="workflow",
            id=name,
            project_id=project_id,
            namespace=namespace,
            name=name,
            scope="private",
            version=1,
            ref=name,
            created_at=MADE,
        )


class Tree:
    """The execution of the first workflow of a document, with all that it starts."""

    def __init__(
        self,
        text: str,
        given: JsonDict | None = None,
        params: JsonDict | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.shelf = Shelf(text)
        self.runs, self.blobs, self.queues, self.clock = FakeRuns(), FakeBlobs(), FakeQueues(), FakeClock()
        runs, values, library = cast(Runs, self.runs), KeptValues(self.blobs), Library()
        definitions, limits = cast(Definitions, self.shelf), limits or Limits()
        self.removal = Removal(runs, self.queues, self.clock)
        self.creation = Creation(runs, values, self.blobs, self.shelf.spec, library, limits)
        family = Children(self.creation, runs, values, definitions, self.clock, self.removal)
        timers = Timers(FakeLate(), self.queues, self.clock)
        self.advance = Advance(
            runs, values, self.blobs, self.queues, timers, self.shelf.spec, library, family, self.clock, limits
        )
        self._given, self._params = given or {}, params or {}
        self.start()

    def start(self) -> Tree:
        """Start the first workflow, as at the beginning."""
        first = next(iter(self.shelf.specs))
        opening = Opening(
            id=ROOT,
            project_id="p",
            workflow_id=first,
            workflow_namespace="",
            definition=first,
            input=self._given,
            params=self._params,
            description="",
            now=self.clock.now(),
        )
        run = self.creation.create(opening)
        assert run is not None
        self.advance.send(run.start, run.head)
        return self

    def deliver(self, choose: Callable[[int], int] = lambda count: 0) -> Tree:
        """Deliver messages until there are none; `choose`: which of so many comes next."""
        for _ in range(MOST):
            if not self.queues.events:
                return self
            self.deliver_one(choose(len(self.queues.events)))
        raise AssertionError("these executions never stop talking to each other")

    def deliver_one(self, position: int = 0, again: bool = False) -> None:
        """Deliver one message; `again`: and keep it for another time."""
        message = self.queues.events[position] if again else self.queues.events.pop(position)
        if isinstance(message.body, RemoveExecution):
            self.removal.go_on(message.body)
            return
        assert isinstance(message.body, ExecutionEvent)
        try:
            self.advance.apply(message.body.execution, [event_of(message)])
        except Orphan:
            self.removal.remove(ids.partition(message.body.execution))

    def ask(self, event: Event, execution_id: str = ROOT) -> Tree:
        """What a client asks of an execution."""
        self.advance.apply(execution_id, [event], Errand(bound=True))
        return self

    def end(self, execution_id: str, name: str, state: State, result: Json = None) -> Tree:
        """Bring the result of the action of a task."""
        task = self.task(execution_id, name)
        return self.ask(ActionEnded(ActionKey(task.key, task.attempts), state, result), execution_id)

    def run(self, execution_id: str = ROOT) -> Run:
        found = self.runs.run(ids.partition(execution_id))
        assert found is not None
        return found

    def task(self, execution_id: str, name: str) -> Task:
        part = ids.partition(execution_id)
        return next(task for task in self.runs.tasks(part) if task.name == name)

    def family(self, execution_id: str = ROOT, through: Callable[[Task], bool] = lambda task: True) -> Iterator[Run]:
        """An execution and all below it that tasks lead to which go `through`, parents first."""
        yield self.run(execution_id)
        part = ids.partition(execution_id)
        for task in self.runs.tasks(part):
            for child_id in sub_executions.ids_of(part, task) if through(task) else ():
                if self.runs.run(ids.partition(child_id)) is not None:
                    yield from self.family(child_id, through)

    def states(self) -> list[str]:
        """The states of all executions, parents first."""
        return [str(run.head.state) for run in self.family()]
