"""Whatever AWS call a process dies at: an external worker runs an action as often as it may, and its result counts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.jsontext import JsonDict, dumps, loads
from chalicelib.entry.functions.results import handle_results
from chalicelib.service.outgoing.worker_orders import Ways
from chalicelib.service.workers.heartbeats import SILENT
from tests.faults.disturbance import Disturbance
from tests.faults.process import Adapters, Process
from tests.faults.rig import DISTURBANCES, Answer, Rig

ONE = """
version: '2.0'
WORKFLOW:
  output: {result: <% task(ask).result %>}
  tasks:
    ask:
      action: std.http
      input: {url: u}
      target: t
      safe-rerun: SAFE
"""


class WorkerRig(Rig):
    """A workflow whose action a worker runs; the first worker dies with it, the next one reports by the queue."""

    def __init__(self, adapters: Adapters, safe: bool) -> None:
        self.worked: Counter[str] = Counter()
        self._not_before: datetime = adapters.clock.now()
        super().__init__(adapters, ONE.replace("SAFE", str(safe).lower()))
        adapters.backend.clients.sqs.create_queue(QueueName=f"w{self._number}-t")

    def _new_process(self) -> Process:
        results = self.adapters.backend.settings.workers.results_queue
        return Process(self.adapters, self._limits, self.ran, Ways(f"w{self._number}-", results, 60))

    def turn(self) -> bool:
        made = self.adapters.backend.resources.environment()
        return (
            self._turn(made["EVENTS_QUEUE"], self._step)
            or self._turn(made["RESULTS_QUEUE"], lambda event: handle_results(event, self.process.reports))
            or (self._not_before <= self.adapters.clock.now() and self._turn(f"w{self._number}-t", self._work))
            or self._turn(made["TIMERS_QUEUE"], self._forward, first_due=True)
        )

    def _work(self, event: Answer) -> Answer:
        """What a worker does with orders; it asks again when the service dies, and never forgets what it ran."""
        left = [record for record in event["Records"] if not self._worked(record)]
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in left]}

    def _worked(self, record: Any) -> bool:
        """Whether the order need not come again."""
        order = loads(record["body"])
        assert isinstance(order, dict)
        attempt = f"{record['messageId']}-{record['attributes']['ApproximateReceiveCount']}"
        answer = self._report(order, "claim", attempt=attempt)
        if answer["answer"] == "taken":
            self._not_before = self.adapters.clock.now() + timedelta(seconds=int(str(answer["retry_after"])))
            return False
        if answer["answer"] != "run":
            return True
        self.worked[str(order["action_execution_id"])] += 1
        if self.worked[str(order["action_execution_id"])] == 1:
            return False
        self._report(order, "result", state="SUCCESS", result=order["input"])
        return True

    def _report(self, order: JsonDict, report: str, **more: Any) -> JsonDict:
        reply = order["reply"]
        assert isinstance(reply, dict)
        body: JsonDict = {"format": 1, "report": report, "token": reply["token"], **more}
        body["action_execution_id"] = order["action_execution_id"]
        if report == "result":
            sqs = self.adapters.backend.clients.sqs
            url = sqs.get_queue_url(QueueName=str(reply["queue"]))["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=dumps(body))
            return {}
        heard: list[JsonDict] = []
        self.insist(lambda: heard.append(self.process.reports.answer(body)))
        return heard[-1]


@pytest.mark.parametrize(
    ("safe", "state", "most"), [(False, "ERROR", 1), (True, "SUCCESS", 2)], ids=["at most once", "at least once"]
)
def test_a_crash_at_any_call_when_the_first_worker_dies(adapters: Adapters, safe: bool, state: str, most: int) -> None:
    def played(disturbance: Disturbance) -> WorkerRig:
        rig = WorkerRig(adapters, safe)
        DISTURBANCES[:] = [disturbance]
        with disturbance.on(*adapters.clients, adapters.table.client):
            rig.start()
            rig.deliver()
        return rig

    quiet = Disturbance()
    played(quiet)
    for death in quiet.deaths():
        rig = played(death)
        outcome, where = rig.outcome(), f"{death} of {quiet.names}"
        assert (outcome["state"], set(rig.worked.values())) == (state, {most}), where
        if state == "SUCCESS":
            assert outcome["output"] == {"result": {"url": "u"}}, where
        else:
            assert SILENT in outcome["info"], where
