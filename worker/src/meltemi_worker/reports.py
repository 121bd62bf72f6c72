"""Reports: to the API, which answers, and to the queue of results, which does not.

Results go to the API where there is one: one that waits in the queue is no sign of life, and its action could be taken
for lost meanwhile. The queue takes them when the API does not answer, or where there is none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

import requests
from botocore.exceptions import BotoCoreError, ClientError
from requests.adapters import HTTPAdapter

from meltemi_worker.jobs import Job
from meltemi_worker.orders import FORMAT, Order

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

LARGEST_MESSAGE = 1_000_000
"""Bytes of a report that goes to the queue; SQS takes 1 MiB."""
LONGEST_PAUSE = 30.0
CONNECTIONS = 64


class Refused(Exception):
    """The service does not accept a report, and never will."""


class Unreached(Exception):
    """The service could not be reached; trying again can help."""


class Api:
    """Reports over HTTPS."""

    def __init__(self, url: str, session: requests.Session | None = None) -> None:
        """`url`: the address of the API, for instance `https://api.example/v2`."""
        self._origin = url.rstrip("/").removesuffix("/v2")
        self._session = session or _session()

    def send(self, order: Order, body: dict[str, Any], seconds: float = 20) -> dict[str, Any]:
        """The answer to a report. Raises `Refused` and `Unreached`."""
        try:
            reply = self._session.post(self._origin + order.path, json=body, timeout=seconds)
        except requests.RequestException as error:
            raise Unreached(type(error).__name__) from None
        if reply.status_code in (400, 403, 404, 413):
            raise Refused(f"{reply.status_code}: {reply.text[:300]}")
        if not reply.ok:
            raise Unreached(str(reply.status_code))
        try:
            answer: dict[str, Any] = reply.json()
        except ValueError:  # a proxy that answers for the service
            raise Unreached("the answer is no JSON") from None
        return answer


class Reporter:
    """Says what becomes of orders, in the way that is set up."""

    def __init__(self, sqs: SQSClient, api: Api | None, pause: Callable[[float], object] = time.sleep) -> None:
        """`api`: `None` if only the queue can be reached."""
        self._sqs = sqs
        self._api = api
        self._pause = pause
        self._urls: dict[str, str] = {}

    def claim(self, job: Job) -> dict[str, Any]:
        """Whether this job may begin: what the API answers; without one, what the count of receipts tells."""
        if self._api is None:
            again = job.order.received > 1 and not job.order.safe_rerun
            return {"answer": "died" if again else "run"}
        return self._api.send(job.order, self._body(job, "claim"))

    def beat(self, job: Job, seconds: float) -> str:
        """Say that the job is alive; what the API answers, within `seconds`. Raises as `Api.send` does."""
        if self._api is None:
            return "heard"
        return str(self._api.send(job.order, self._body(job, "heartbeat"), seconds)["answer"])

    def release(self, job: Job) -> None:
        """Let another worker have the job at once."""
        if self._api is not None:
            self._api.send(job.order, self._body(job, "release"))

    def result(self, job: Job, state: str, result: Any, tries: int | None = None) -> str:
        """Report how the job ended, again and again until that is accepted, or `tries` times; the answer.

        Raises `ValueError` and `TypeError` for what is no JSON, `Refused`, and `Unreached` after the last try.
        """
        body = {**self._body(job, "result"), "state": state, "result": result}
        for number in count(1):
            try:
                return self._deliver(job.order, body)
            except Unreached:
                if number == tries:
                    raise
                self._pause(min(0.25 * 2 ** min(number, 8), LONGEST_PAUSE))
        raise AssertionError("count ends")

    def _deliver(self, order: Order, body: dict[str, Any]) -> str:
        """The answer; that of the queue is `sent`."""
        text = json.dumps(body, allow_nan=False)
        fits = len(text) <= LARGEST_MESSAGE
        if self._api is not None:
            try:
                return str(self._api.send(order, body)["answer"])
            except Unreached:
                if not fits:
                    raise
        if not fits:
            raise Refused(f"{len(text)} bytes are more than a message may have")
        try:
            self._sqs.send_message(QueueUrl=self._url(order.results), MessageBody=text)
        except (ClientError, BotoCoreError) as error:
            raise Unreached(type(error).__name__) from None
        return "sent"

    def _url(self, queue: str) -> str:
        if queue not in self._urls:
            found = queue if "://" in queue else self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            self._urls[queue] = found
        return self._urls[queue]

    @staticmethod
    def _body(job: Job, report: str) -> dict[str, Any]:
        body: dict[str, Any] = {"format": FORMAT, "report": report, "action_execution_id": job.id}
        body |= {"token": job.order.token}
        if report != "result":
            body |= {"attempt": job.attempt}
        if report in ("claim", "heartbeat") and (said := job.said()):
            body |= {"progress": said}
        return body


def _session() -> requests.Session:
    """One that keeps a connection for every thread."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))
    return session
