"""The door to AWS: a call with the rights of a project, sent once unless repeating it does no harm.

botocore's own retries are off: it would send again what may have arrived. What AWS refused because it was asked too
often, and what never left this machine, is sent again; what changes nothing also after a broken connection.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from urllib.parse import unquote

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.model import OperationModel
from botocore.paginate import Paginator
from botocore.validate import ParamValidator

from chalicelib import errors
from chalicelib.actions.aws import json_values, service_models
from chalicelib.actions.aws.access import AwsAccess
from chalicelib.actions.aws.clients import Clients
from chalicelib.actions.runtime.deadline import Deadline
from chalicelib.actions.runtime.gateways import AwsCall
from chalicelib.actions.runtime.redact import HIDDEN, without
from chalicelib.core.jsontext import Json

MAX_SECONDS = 895.0
MAX_ITEMS = 10_000
"""The most that `_paginate` gathers."""
PAUSES = (0.5, 1.5, 4.0)
"""Seconds before each further try."""

_TOO_OFTEN = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ThroughputExceeded")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_CREDENTIALS = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}|(?<=X-Amz-Signature=)[^&\s]+|(?<=X-Amz-Security-Token=)[^&\s]+"
)


class CallFailed(errors.MeltemiError):
    """AWS could not be asked, or nobody knows what it answered."""


@dataclass(frozen=True, slots=True)
class AwsDoor:
    """The `CallAws` of the real world."""

    access: AwsAccess
    clients: Clients
    max_bytes: int = json_values.MAX_BYTES
    pauses: tuple[float, ...] = PAUSES
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, access: AwsAccess) -> AwsDoor:
        """The door that `access` describes."""
        return cls(access, Clients.of(access))

    def __call__(self, call: AwsCall, seconds: float | None) -> Json:
        """Check and send `call`; see `CallAws`."""
        operation = service_models.service(call.service).operations[call.method]
        hidden = sorted(set(json_values.secrets(call.input, operation.input_shape)), key=len, reverse=True)
        deadline = Deadline.after(min(seconds or MAX_SECONDS, MAX_SECONDS), self.clock)
        try:
            return self._answer(call, operation, deadline)
        except ClientError as error:
            raise errors.ActionFailed(_told(call, operation, error, hidden)) from None
        except (BotoCoreError, errors.InvalidRequest) as error:
            deadline.check()
            raise CallFailed(_clean(str(error), hidden)) from None

    def _answer(self, call: AwsCall, operation: OperationModel, deadline: Deadline) -> Json:
        given = self._checked(call, operation)
        role = self.access.role_of(call.project_id)
        client = self.clients.client(role, call.service, call.region or self.access.region, deadline.left(MAX_SECONDS))

        def send(**members: Any) -> Any:
            return self._sent(call, partial(getattr(client, call.method), **members), deadline)

        answer = _gathered(send, call, operation, given) if call.all_pages else send(**given)
        return json_values.answered(answer, self.max_bytes)

    def _sent(self, call: AwsCall, send: Callable[[], Any], deadline: Deadline) -> Any:
        """One request, sent again where that does no harm."""
        pauses = iter(self.pauses)
        while True:
            deadline.check()
            try:
                return send()
            except (ClientError, BotoCoreError) as error:
                pause = next(pauses, None) if _again(error, call) else None
                if pause is None:
                    raise
                self.sleep(deadline.left(pause))

    def _checked(self, call: AwsCall, operation: OperationModel) -> dict[str, Any]:
        """The input as boto3 wants it. Raises `InvalidRequest`, `Forbidden`."""
        if call.region is not None and not _REGION.fullmatch(call.region):
            raise errors.InvalidRequest(f"There is no region {call.region!r}")
        texts = set(json_values.texts(call.input))
        self.access.check_names(f"{call.service}.{operation.name}", frozenset(texts | set(map(unquote, texts))))
        given = cast(dict[str, Any], json_values.sent(call.input, operation.input_shape))
        if operation.input_shape is None:
            return given
        for name in operation.idempotent_members:
            if call.token is not None:
                given.setdefault(name, str(uuid.uuid5(uuid.NAMESPACE_OID, call.token)))
        report = ParamValidator().validate(given, operation.input_shape)
        if report.has_errors():
            raise errors.InvalidRequest(f"Parameter validation failed: {report.generate_report()}")
        return given


def _gathered(
    send: Callable[..., Any], call: AwsCall, operation: OperationModel, given: Mapping[str, Any]
) -> Mapping[str, Any]:
    """All pages as one answer; each is a request of its own."""
    paginator: Any = Paginator  # its stubs have it take a name
    pages = paginator(send, service_models.service(call.service).pages[call.method], operation).paginate(
        **given, PaginationConfig={"MaxItems": MAX_ITEMS}
    )
    found = cast(Mapping[str, Any], pages.build_full_result())
    if pages.resume_token is not None:
        raise errors.InvalidRequest(f"There are more than {MAX_ITEMS} items: ask for fewer, or page by page.")
    return found


def _again(error: Exception, call: AwsCall) -> bool:
    if isinstance(error, ClientError):
        refused = _TOO_OFTEN.search(_code(error)) is not None
        return refused or (call.repeatable and _status(error) >= 500)
    never_sent = isinstance(error, EndpointConnectionError | ConnectTimeoutError)
    return never_sent or (call.repeatable and isinstance(error, HTTPClientError))


def _told(call: AwsCall, operation: OperationModel, error: ClientError, hidden: list[str]) -> dict[str, Json]:
    message = str(error.response.get("Error", {}).get("Message", ""))
    return {
        "service": call.service,
        "operation": operation.name,
        "code": _code(error),
        "message": _clean(message, hidden),
        "status": _status(error),
    }


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _clean(text: str, hidden: list[str]) -> str:
    return _CREDENTIALS.sub(HIDDEN, without(text, *hidden))
