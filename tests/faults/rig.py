"""The whole service under test: real adapters and handlers over an emulator, driven message by message.

The rig plays Lambda's event sources: it reads a queue, calls the handler, deletes what succeeded. When the process dies
the rig builds a new one with nothing in memory, and what was being handled is delivered again. Time is virtual.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.actions.library import Library
from chalicelib.actions.registry import find
from chalicelib.adapters.blobs import S3Blobs
from chalicelib.adapters.dynamo.definitions import DynamoDefinitions
from chalicelib.adapters.dynamo.runs import DynamoRuns
from chalicelib.adapters.queues import SqsQueues
from chalicelib.core import ids
from chalicelib.core.engine.draft import Limits
from chalicelib.core.jsontext import Json, JsonDict, dumps
from chalicelib.core.model import ActionKey, Run, Task, TaskKey
from chalicelib.entry import execute, step
from chalicelib.errors import IllegalTransition
from chalicelib.service.advance import Advance
from chalicelib.service.caller import Caller
from chalicelib.service.definitions import Definitions
from chalicelib.service.executions import Executions, StartRequest
from chalicelib.service.executor import Executor
from chalicelib.service.messages import Order
from chalicelib.service.sweep import Sweeper
from chalicelib.service.values import KeptValues
from local.clients import connect
from local.records import Record, failed_positions, lambda_event
from tests.contract.conftest import Backend
from tests.faults.deliveries import Deliveries, once
from tests.faults.disturbance import Crash, Disturbance

CALLER = Caller("a-project")
NAMES = itertools.count()


@dataclass
class VirtualClock:
    """Time that passes only when told to."""

    moment: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, span: timedelta) -> None:
        self.moment += span


@dataclass
class Adapters:
    """The outside world, shared by all processes of a test."""

    backend: Backend
    runs: DynamoRuns
    blobs: S3Blobs
    queues: SqsQueues
    definitions: DynamoDefinitions
    clock: VirtualClock = field(default_factory=VirtualClock)
    clients: list[Any] = field(default_factory=list)

    @classmethod
    def over(cls, backend: Backend) -> Adapters:
        settings = backend.settings
        from_process = connect(backend.endpoint_url)
        blobs = S3Blobs(from_process.s3, settings.blobs_bucket)
        runs = DynamoRuns(settings.runs_table, settings.region, settings.endpoint_url)
        queues = SqsQueues(
            from_process.sqs, settings.events_queue, settings.actions_queue, settings.timers_queue, lambda _: None
        )
        definitions = DynamoDefinitions(settings.definitions_table, settings.region, settings.endpoint_url, blobs)
        return cls(backend, runs, blobs, queues, definitions, clients=[runs.client, from_process.sqs, from_process.s3])


class Process:
    """One process: services with empty memories."""

    def __init__(self, adapters: Adapters, limits: Limits, ran: Counter[str]) -> None:
        self._ran = ran
        runs, blobs, queues, clock = adapters.runs, adapters.blobs, adapters.queues, adapters.clock
        values = KeptValues(blobs)
        self.definitions = Definitions(adapters.definitions, clock)
        self.advance = Advance(runs, values, blobs, queues, self.definitions.spec, Library(), clock, limits)
        self.executions = Executions(runs, values, blobs, self.definitions, Library(), self.advance, clock)
        self.executor = Executor(runs, values, blobs, queues, self._perform, lambda name: not find(name).pure)
        self.sweeper = Sweeper(runs, queues, self.advance, clock)

    def _perform(self, order: Order, given: JsonDict, seconds: float) -> Json:
        self._ran[order.action_id] += 1
        return {"performed": given.get("url")}


Answer = dict[str, Any]
Handler = Callable[[dict[str, Any]], Answer]


class Rig:
    """One execution of a workflow, carried through whatever happens."""

    def __init__(self, adapters: Adapters, text: str, deliveries: Deliveries = once, rivals: int = 1) -> None:
        self.adapters = adapters
        self.ran: Counter[str] = Counter()
        self._deliveries = deliveries
        self._rivals = rivals
        self._limits = Limits(rows=3)
        self._number = next(NAMES)
        self.execution_id = f"execution-{self._number}"
        self.process = self._new_process()
        name = f"w{self._number}"
        self.process.definitions.create_workflows(CALLER, text.replace("WORKFLOW", name), "", "private")
        self.name = name

    # --- what a client does --------------------------------------------------------------------------------------

    def start(self, given: JsonDict | None = None) -> None:
        """Start the execution; a client that gets no answer asks again."""
        request = StartRequest(self.name, input=given or {}, id=self.execution_id)
        self.insist(lambda: self.process.executions.start(CALLER, request))

    def change(self, state: str) -> None:
        """Ask for a state, until there is an answer."""
        self.insist(lambda: self.process.executions.change_state(CALLER, self.execution_id, state, None, None))

    def describe(self, text: str) -> None:
        """Change the description, until there is an answer."""
        self.insist(lambda: self.process.executions.describe(CALLER, self.execution_id, text, None))

    def complete(self, task: str, output: JsonDict) -> None:
        """Bring the result of an asynchronous action, until there is an answer."""

        def report() -> None:
            place = next(found.key.place for found in self.tasks() if found.name == task)
            action_id = ids.action_id(ids.partition(self.execution_id), ActionKey(TaskKey(place, 0), 1))
            try:
                self.process.executions.complete_action(CALLER, action_id, "SUCCESS", output, True)
            except IllegalTransition:  # the answer was lost, the result was not
                return

        self.insist(report)

    def insist(self, ask: Callable[[], object]) -> None:
        """Ask, and ask a new process if this one dies."""
        try:
            ask()
        except Crash:
            self._restart()
            self.insist(ask)

    # --- what AWS does -------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Deliver messages until there are none, then let the sweeper look, until it finds nothing to do either."""
        self.deliver()
        for _ in range(3):
            self.adapters.clock.pass_by(timedelta(minutes=11))
            self.insist(lambda: self.process.sweeper.tick())
            self.deliver()

    def deliver(self) -> None:
        """Deliver messages until all queues are empty."""
        while self.turn():
            pass

    def turn(self) -> bool:
        """Deliver one batch, if there is one."""
        made = self.adapters.backend.resources.environment()
        return self._turn(made["EVENTS_QUEUE"], self._step) or self._turn(made["ACTIONS_QUEUE"], self._execute)

    def hand_over(self, body: JsonDict) -> Answer:
        """Hand one event to the step handler, past the queue."""
        attributes = {"MessageGroupId": "g", "ApproximateReceiveCount": "1"}
        record = {"messageId": "m", "body": self.text(body), "attributes": attributes, "eventSourceARN": "arn"}
        return self._step({"Records": [record]})

    def text(self, body: JsonDict) -> str:
        """A message body as queues carry it."""
        return dumps(body)

    def _turn(self, queue: str, handler: Handler) -> bool:
        sqs = self.adapters.backend.clients.sqs
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageSystemAttributeNames=["All"]
        )
        messages = answer.get("Messages", [])
        if not messages:
            return False
        event = lambda_event(messages, f"arn:aws:sqs:us-east-1:0:{queue}")
        try:
            failed = self._deliver(event["Records"], handler)
        except Crash:
            self._restart()
            failed = set(range(len(messages)))
        for position, message in enumerate(messages):
            if position in failed:
                sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
            else:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return True

    def _deliver(self, records: list[Record], handler: Handler) -> set[int]:
        """Hand over a batch as this rig delivers it; which records (by position) have to come again."""
        positions = {record["messageId"]: position for position, record in enumerate(records)}
        failed: set[int] = set()
        for batch in self._deliveries(records):
            wrong = failed_positions(handler({"Records": batch}), batch)
            failed = (failed - {positions[record["messageId"]] for record in batch}) | {
                positions[batch[position]["messageId"]] for position in wrong
            }
        return failed

    def _step(self, event: dict[str, Any]) -> dict[str, Any]:
        processes = [self.process] + [self._new_process() for _ in range(self._rivals - 1)]
        answers = side_by_side([partial(step.handle, event, process.advance, _always) for process in processes])
        return max(answers, key=lambda answer: len(answer["batchItemFailures"]))

    def _execute(self, event: dict[str, Any]) -> dict[str, Any]:
        return execute.handle_orders(event, self.process.executor, lambda: 60.0)

    def _restart(self) -> None:
        for disturbance in DISTURBANCES:
            disturbance.revive()
        self.process = self._new_process()

    def _new_process(self) -> Process:
        return Process(self.adapters, self._limits, self.ran)

    # --- what came of it -----------------------------------------------------------------------------------------

    def run(self) -> Run:
        found = self.adapters.runs.run(ids.partition(self.execution_id))
        assert found is not None
        return found

    def tasks(self) -> list[Task]:
        return self.adapters.runs.tasks(ids.partition(self.execution_id))

    def outcome(self) -> dict[str, Any]:
        """Everything about the execution that must not depend on what happened to the processes."""
        head, values = self.run().head, KeptValues(self.adapters.blobs)
        return {
            "state": str(head.state),
            "info": head.state_info,
            "output": values.load(head.output),
            "tasks": {
                f"{task.name}#{task.key.instance}": (
                    str(task.state),
                    {name: values.load(value) for name, value in (task.published or {}).items()},
                    task.attempts,
                )
                for task in self.tasks()
            },
            "active": head.progress.active,
            "work": head.progress.work,
        }


DISTURBANCES: list[Disturbance] = []
"""Those of the running test; a new process is disturbed by none that already struck."""


def _always() -> bool:
    return True


def side_by_side(bodies: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Run `bodies` in threads that begin together; the first error is raised here. A single one needs no thread."""
    if len(bodies) == 1:
        return [bodies[0]()]
    barrier = threading.Barrier(len(bodies))

    def run(body: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return body()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(run, bodies))
