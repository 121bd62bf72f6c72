"""Takes orders out of the queue and carries them out, several side by side, until it is told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests
from botocore.exceptions import BotoCoreError, ClientError

from meltemi_worker.actions import Worker
from meltemi_worker.heart import Heart
from meltemi_worker.jobs import Cancelled, Failed, Job
from meltemi_worker.logs import Counts, log, places_of
from meltemi_worker.orders import Unreadable, read
from meltemi_worker.reports import Refused, Reporter, Unreached

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef as Message

DIED = "A worker died while it ran this action, which may not be run twice."
UNFINISHED = "The worker was stopped before the action had ended."


FETCHES = 3


def fetch(url: str, pause: Callable[[float], object] = time.sleep) -> bytes:
    """What is behind a URL of a large input. Raises `Failed`, without the URL, as whoever has it may read the input."""
    why = ""
    for number in range(FETCHES):
        try:
            reply = requests.get(url, timeout=60)
        except requests.RequestException as error:
            why = type(error).__name__
        else:
            if reply.ok:
                return reply.content
            why = str(reply.status_code)
        pause(2**number)
    raise Failed(f"The input could not be fetched: {why}")


class Runner:
    """A worker at its queue. `run` is the body of a thread; several may run one `Runner`."""

    def __init__(
        self,
        worker: Worker,
        sqs: SQSClient,
        queue_url: str,
        reporter: Reporter,
        counts: Counts,
        load: Callable[[str], bytes] = fetch,
        poll_seconds: int = 20,
    ) -> None:
        self._worker = worker
        self._sqs = sqs
        self._queue_url = queue_url
        self._reporter = reporter
        self._counts = counts
        self._load = load
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()
        self._open: dict[str, Job] = {}
        """Jobs that are worked on, by the receipts of their messages."""
        self.stopping = threading.Event()

    @property
    def busy(self) -> int:
        """How many jobs are worked on."""
        with self._lock:
            return len(self._open)

    def run(self) -> None:
        """Work until told to stop."""
        while not self.stopping.is_set():
            try:
                self.turn(self._poll_seconds)
            except (ClientError, BotoCoreError) as error:
                log.warning("the queue cannot be read: %s", type(error).__name__)
                self.stopping.wait(2)

    def turn(self, wait_seconds: int) -> int:
        """Wait for an order and carry it out; how many there were."""
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=wait_seconds,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        found = answer.get("Messages", [])
        for message in found:
            if self.stopping.is_set():
                self._hide(message["ReceiptHandle"], 0)
            else:
                self._take(message)
        return len(found)

    def hand_back(self) -> None:
        """Give up what is still worked on: another worker may have what may run again, the rest ends in ERROR."""
        with self._lock:
            left = dict(self._open)
        for receipt, job in left.items():
            if not job.settle():
                continue
            try:
                if job.order.safe_rerun:
                    self._reporter.release(job)
                    self._hide(receipt, 0)
                else:
                    self._reporter.result(job, "ERROR", UNFINISHED, tries=3)
                    self._drop(receipt)
            except (Refused, Unreached, ClientError, BotoCoreError) as error:
                log.warning("not handed back: %s", type(error).__name__, extra={"ids": _ids(job)})

    def _take(self, message: Message) -> None:
        receipt = message["ReceiptHandle"]
        try:
            order = read(message["Body"], int(message["Attributes"]["ApproximateReceiveCount"]))
        except Unreadable as error:  # stays in the queue, whose dead letters somebody looks after
            log.error("%s", error, extra={"ids": {"message_id": message["MessageId"]}})
            return
        job = Job(order)
        try:
            answer = self._reporter.claim(job)
        except Refused as error:
            log.error("the claim was refused: %s", error, extra={"ids": _ids(job)})
            return
        except Unreached as error:  # comes again when its visibility ends
            log.warning("no answer to a claim: %s", error, extra={"ids": _ids(job)})
            return
        self._act(job, receipt, answer)

    def _act(self, job: Job, receipt: str, answer: dict[str, Any]) -> None:
        if answer["answer"] == "run":
            self._work(job, receipt)
        elif answer["answer"] == "taken":
            self._hide(receipt, int(answer["retry_after"]))
        elif answer["answer"] == "died":
            self._settle(job, receipt, "ERROR", DIED)
        else:
            self._note(job, str(answer["answer"]))
            self._drop(receipt)

    def _work(self, job: Job, receipt: str) -> None:
        with self._lock:
            self._open[receipt] = job
        try:
            with Heart(job, self._reporter, lambda seconds: self._hide(receipt, seconds)):
                state, result = self._outcome(job)
                if job.cancelled:
                    self._note(job, "gone")
                    self._drop(receipt)
                elif job.settle():
                    self._settle(job, receipt, state, result)
        finally:
            with self._lock:
                self._open.pop(receipt, None)

    def _outcome(self, job: Job) -> tuple[str, Any]:
        """State and result of a job, whatever its function does."""
        action = self._worker.actions.get(job.order.name)
        if action is None:
            return "ERROR", f"The workers of target '{self._worker.target}' do not know the action {job.order.name}."
        try:
            return "SUCCESS", action(job.order.load(self._load), job)
        except Failed as failure:
            return "ERROR", failure.result
        except Cancelled:
            return "CANCELLED", None
        except Exception as error:
            log.error("the function failed", extra={"ids": {**_ids(job), **places_of(error)}})
            return "ERROR", f"{type(error).__name__}: {error}"

    def _settle(self, job: Job, receipt: str, state: str, result: Any) -> None:
        try:
            answer = self._reporter.result(job, state, result)
            self._note(job, state if answer != "late" else answer)
        except (TypeError, ValueError) as error:
            self._excuse(job, f"The result is no JSON: {error}")
        except Refused as error:
            log.error("the result was refused: %s", error, extra={"ids": _ids(job)})
            self._excuse(job, f"The result was not accepted: {error}")
        self._drop(receipt)

    def _excuse(self, job: Job, why: str) -> None:
        """End the action in ERROR where its result is not accepted, if that much is."""
        try:
            self._reporter.result(job, "ERROR", why)
            self._note(job, "ERROR")
        except Refused:
            log.error("nor was an error", extra={"ids": _ids(job)})

    def _note(self, job: Job, outcome: str) -> None:
        seconds = time.monotonic() - job.began
        self._counts.add(outcome, seconds)
        log.info("%s", outcome, extra={"ids": {**_ids(job), "seconds": round(seconds, 3)}})

    def _hide(self, receipt: str, seconds: float) -> None:
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=min(int(seconds + 0.5), 43_200)
            )
        except (ClientError, BotoCoreError) as error:
            log.warning("a message could not be kept out of sight: %s", type(error).__name__)

    def _drop(self, receipt: str) -> None:
        self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=receipt)


def _ids(job: Job) -> dict[str, str]:
    return {"action_execution_id": job.id, "action": job.order.name}
