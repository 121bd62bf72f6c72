"""The whole service under test: real adapters and handlers over an emulator, driven message by message.

The rig plays Lambda's event sources: it reads a queue, calls the handler, deletes what succeeded. When the process dies
the rig builds a new one with nothing in memory, and what was being handled is delivered again. Time is virtual.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.core import ids
from chalicelib.core.engine import sub_executions
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Run, Task
from chalicelib.core.states import TERMINAL
from chalicelib.core.values import ActionKey
from chalicelib.entry.functions import step
from chalicelib.entry.functions.dead_letters import handle_dead_letters
from chalicelib.entry.functions.execute import handle_orders
from chalicelib.entry.functions.timers import handle_timers
from chalicelib.errors import IllegalTransition
from chalicelib.messaging.bodies import AnyBody
from chalicelib.service.access.caller import Caller
from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.outgoing.large_values import KeptValues
from local.records import Record, failed_positions, lambda_event
from tests.bodies import lambda_event as lambda_messages
from tests.faults.deliveries import Deliveries, once
from tests.faults.disturbance import Crash, Disturbance
from tests.faults.process import Adapters, Process
from tests.faults.rivals import side_by_side

CALLER = Caller("a-project")
NAMES = itertools.count()

Answer = dict[str, Any]
Handler = Callable[[dict[str, Any]], Answer]


class Rig:
    """One execution of a workflow, carried through whatever happens."""

    def __init__(
        self,
        adapters: Adapters,
        text: str,
        deliveries: Deliveries = once,
        rivals: int = 1,
        member: str | None = None,
    ) -> None:
        """`member`: which workflow to start of a text that is a workbook."""
        self.adapters = adapters
        self.ran: Counter[str] = Counter()
        self._deliveries = deliveries
        self._rivals = rivals
        self._limits = Limits(rows=3, family=2)
        self._number = next(NAMES)
        self.execution_id = f"execution-{self._number}"
        self.process = self._new_process()
        name = f"w{self._number}"
        text = text.replace("WORKFLOW", name)
        if member is None:
            self.process.definitions.create_workflows(CALLER, text, "", "private")
        else:
            self.process.workbooks.create(CALLER, text, "", "private")
        self.name = name if member is None else f"{name}.{member}"

    # --- what a client does --------------------------------------------------------------------------------------

    def start(self, given: JsonDict | None = None) -> None:
        """Start the execution; a client that gets no answer asks again."""
        request = StartRequest(self.name, input=given or {}, id=self.execution_id)
        self.insist(lambda: self.process.executions.start(CALLER, request))

    def change(self, state: str, execution_id: str | None = None) -> None:
        """Ask for a state, of the execution or another one, until there is an answer."""
        wanted = execution_id or self.execution_id
        self.insist(lambda: self.process.executions.change_state(CALLER, wanted, state, None, None))

    def describe(self, text: str) -> None:
        """Change the description, until there is an answer."""
        self.insist(lambda: self.process.executions.describe(CALLER, self.execution_id, text, None))

    def rerun(self, *path: str, skip: bool = False, reset: bool = True) -> None:
        """Run a failed task again with a better environment, or skip it, until there is an answer.

        `path`: the tasks that run the sub-workflow in which the last one is.
        """

        def ask() -> None:
            part = self._part(path[:-1])
            found = self._named(part, path[-1])
            if found.state == "ERROR":  # else the answer was lost, the rerun was not
                task_id = ids.task_id(part, found.key)
                self.process.executions.rerun_task(CALLER, task_id, skip, None if skip else {"v": 5}, reset)

        self.insist(ask)

    def complete(
        self, task: str, output: JsonDict, number: int = 1, state: str = "SUCCESS", part: str | None = None
    ) -> None:
        """Bring the result of an asynchronous action, here or in `part`, until there is an answer."""

        def report() -> None:
            place = part or self._part(())
            action_id = ids.action_id(place, ActionKey(self._named(place, task).key, number))
            try:
                self.process.executions.complete_action(CALLER, action_id, state, output, True)
            except IllegalTransition:  # the answer was lost, the result was not
                return

        self.insist(report)

    def complete_everywhere(self, task: str, output: JsonDict) -> None:
        """Bring the results of that task of the execution and of all below it."""
        for part in self.family():
            self.complete(task, output, part=part)

    def insist(self, ask: Callable[[], object]) -> None:
        """Ask, and ask a new process if this one dies."""
        self._enter()
        try:
            ask()
        except Crash:
            self._restart()
            self.insist(ask)

    # --- what AWS does -------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Deliver messages until there are none, then let the sweeper look, up to three times while the run goes on."""
        self.deliver()
        for _ in range(3):
            self.adapters.clock.pass_by(timedelta(minutes=11))
            self.insist(lambda: self.process.timers.tick())
            self.insist(lambda: self.process.sweeper.tick())
            self.deliver()
            if self._is_over():
                return

    def _is_over(self) -> bool:
        seen: list[bool] = []
        self.insist(lambda: seen.append(self.run().head.state in TERMINAL))
        return seen[-1]

    def deliver(self) -> None:
        """Deliver messages until all queues are empty."""
        while self.turn():
            pass

    def turn(self) -> bool:
        """Deliver one batch, if there is one."""
        made = self.adapters.backend.resources.environment()
        return self.turn_at_once() or self._turn(made["TIMERS_QUEUE"], self._forward, first_due=True)

    def turn_at_once(self) -> bool:
        """Deliver one batch of those that need not wait for their time, if there is one."""
        made = self.adapters.backend.resources.environment()
        return self.turn_of_events() or self._turn(made["ACTIONS_QUEUE"], self._execute)

    def hand_over(self, body: AnyBody | JsonDict) -> Answer:
        """Hand one event to the step handler, past the queue."""
        return self._step(lambda_messages(body))

    def bury(self, body: AnyBody | JsonDict) -> Answer:
        """Hand one message to the handler of dead letters."""
        made = self.process
        return handle_dead_letters(
            lambda_messages(body), made.sweeper, made.loose_runner, made.cron, made.reports, made.pulses
        )

    def turn_of_events(self) -> bool:
        """Deliver one batch of events, if there is one; no executor is at work."""
        return self._turn(self.adapters.backend.resources.environment()["EVENTS_QUEUE"], self._step)

    def _turn(self, queue: str, handler: Handler, first_due: bool = False) -> bool:
        sqs = self.adapters.backend.clients.sqs
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageSystemAttributeNames=["All"]
        )
        messages = answer.get("Messages", [])
        if not messages:
            return False
        if first_due:
            messages = self._wait_for_the_first(url, messages)
        event = lambda_event(messages, f"arn:aws:sqs:us-east-1:0:{queue}")
        try:
            self._enter()
            failed = self._deliver(event["Records"], handler)
        except Crash:
            self._restart()
            failed = set(range(len(messages)))
        for position, message in enumerate(messages):
            if position in failed:
                self._give_back(url, message)
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

    def _wait_for_the_first(self, url: str, messages: list[Any]) -> list[Any]:
        """Let time pass until the first of these timers is due; the others go back to the queue."""
        queues, clock = self.adapters.queues, self.adapters.clock
        first, *rest = sorted(messages, key=lambda message: queues.due(message["Body"]))
        clock.moment = max(clock.moment, queues.due(first["Body"]))
        for message in rest:
            self._give_back(url, message)
        return [first]

    def _give_back(self, url: str, message: Any) -> None:
        self.adapters.backend.clients.sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )

    def _forward(self, event: Answer) -> Answer:
        return handle_timers(event, self.adapters.queues, self.process.cron, self.process.pulses)

    def _step(self, event: dict[str, Any]) -> dict[str, Any]:
        processes = [self.process] + [self._new_process() for _ in range(self._rivals - 1)]
        answers = side_by_side(
            [partial(step.handle, event, process.advance, process.removal, _always) for process in processes]
        )
        return max(answers, key=lambda answer: len(answer["batchItemFailures"]))

    def _execute(self, event: dict[str, Any]) -> dict[str, Any]:
        return handle_orders(event, self.process.executor, lambda: 60.0, self.process.loose_runner)

    def _enter(self) -> None:
        for disturbance in DISTURBANCES:
            disturbance.enter()

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

    def tasks(self, part: str | None = None) -> list[Task]:
        return self.adapters.runs.tasks(part or ids.partition(self.execution_id))

    def _read(self, part: str) -> list[Task]:
        seen: list[list[Task]] = []
        self.insist(lambda: seen.append(self.tasks(part)))
        return seen[-1]

    def family(self) -> list[str]:
        """The partitions of the execution and of all below it."""
        found = [ids.partition(self.execution_id)]
        for part in found:
            for task in self._read(part):
                found += [ids.partition(child_id) for child_id in sub_executions.ids_of(part, task)]
        return found

    def _part(self, path: Sequence[str]) -> str:
        """The partition of the execution, or of a sub-execution that these tasks run."""
        part = ids.partition(self.execution_id)
        for name in path:
            child = ActionKey(self._named(part, name).key, 1)
            part = ids.partition(sub_executions.id_of(part, child))
        return part

    def _named(self, part: str, name: str) -> Task:
        return next(found for found in self.adapters.runs.tasks(part) if found.name == name)

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
