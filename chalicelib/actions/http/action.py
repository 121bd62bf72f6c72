"""`std.http`, and the webhooks of notifications, which use the same client.

No network here: the request goes out through `Outside.send` (see `client.py`).
"""

from __future__ import annotations

import json
import logging
from math import isinf

from chalicelib import errors
from chalicelib.actions.runtime.action_type import (
    ActionContext,
    ActionType,
    HttpAnswer,
    HttpRequest,
    Outside,
    Send,
    Unserialisable,
)
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import Parameter
from chalicelib.ports.messaging import Notice

DEFAULT_TIMEOUT = 60


_SHOWN_CHUNK = 128
"""Bytes per entry of a redirect's body in `history`, the shape that Mistral 23.0.0 gives it."""


def _http(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    answer = outside.send(_request(given), context.egress, context.timeout or None)
    result = _result(answer)
    if answer.status not in range(200, 307):
        raise errors.ActionFailed(result)
    return result


def _mistral_http(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    headers = given["headers"] or {}
    if not isinstance(headers, dict):
        raise TypeError("Parameter 'headers' must be a mapping.")
    return _http({**given, "headers": {**headers, **_identity(context)}}, context, outside)


def _identity(context: ActionContext) -> JsonDict:
    """Headers that tell the called service what to complete; null ones are not sent."""
    return {
        "Mistral-Workflow-Name": context.workflow_name,
        "Mistral-Workflow-Execution-Id": context.execution_id,
        "Mistral-Task-Id": context.task_id,
        "Mistral-Action-Execution-Id": context.action_execution_id,
        "Mistral-Callback-URL": context.callback_url,
    }


def _request(given: JsonDict) -> HttpRequest:
    url, body, verify = given["url"], given["body"], given["verify"]
    if not isinstance(url, str):
        raise TypeError("Parameter 'url' must be text.")
    return HttpRequest(
        url=url.strip(),
        method=given["method"],
        params=given["params"],
        body=json.dumps(body) if isinstance(body, dict) else body,
        json=given["json"],
        headers=_headers(given["headers"]),
        cookies=given["cookies"],
        auth=_credentials(given["auth"]),
        timeout=DEFAULT_TIMEOUT if given["timeout"] is None else given["timeout"],
        allow_redirects=bool(given["allow_redirects"]),
        proxies=given["proxies"],
        verify=verify is None or bool(verify),
    )


def _headers(headers: Json) -> Json:
    """Numbers become text; anything else is left to the sender to accept or refuse."""
    if not isinstance(headers, dict):
        return headers
    return {name: str(value) if isinstance(value, (int, float)) else value for name, value in headers.items()}


def _credentials(auth: Json) -> tuple[str, str] | None:
    if not auth:
        return None
    user, colon, password = str(auth).partition(":")
    if not colon or ":" in password:
        raise ValueError("Failed to send HTTP request: parameter 'auth' must look like 'user:password'.")
    return user, password


def _result(answer: HttpAnswer) -> JsonDict:
    return {
        "content": _content(answer.body, answer.encoding),
        "status": answer.status,
        "headers": dict(answer.headers),
        "url": answer.url,
        "history": [_chunks(body) for body in answer.history],
        "encoding": answer.encoding,
        "reason": answer.reason,
        "cookies": dict(answer.cookies),
        "elapsed": answer.elapsed,
    }


def _content(body: bytes, encoding: str | None) -> Json:
    """The decoded JSON whenever the body parses, whatever its type says; else its text."""
    try:
        text = body if encoding is None else _lenient(body, encoding)
        value: Json = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        return value
    except (ValueError, RecursionError):
        pass
    try:
        return body.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        raise Unserialisable(f"UnicodeDecodeError: {error.encoding}") from error


def _lenient(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding, "replace")
    except LookupError:
        return body.decode(errors="replace")


def _no_constant(name: str) -> Json:
    """NaN and the infinities are not JSON: nothing that reads such a result later could be sure to understand it."""
    raise ValueError(name)


def _finite(text: str) -> float:
    """As for the infinities themselves, what is too large for a number leaves the whole answer a text."""
    value = float(text)
    if isinf(value):
        raise ValueError(text)
    return value


def _chunks(body: bytes) -> Json:
    pieces = (body[start : start + _SHOWN_CHUNK] for start in range(0, len(body), _SHOWN_CHUNK))
    return [piece.decode(errors="replace") for piece in pieces]


def _check(given: JsonDict) -> str | None:
    if given.get("json") and given.get("body"):
        return "Only one of the parameters 'json' and 'body' can be passed"
    auth = given.get("auth")
    if auth is not None and not isinstance(auth, str):
        return "Parameter 'auth' must be text."
    return None


_PARAMETERS = (
    Parameter("url"),
    Parameter("method", "GET"),
    *(
        Parameter(name, None)
        for name in (
            "params",
            "body",
            "json",
            "headers",
            "cookies",
            "auth",
            "timeout",
            "allow_redirects",
            "proxies",
            "verify",
        )
    ),
)


ACTIONS = (
    ActionType(
        name="std.http",
        description="Sends an HTTP request; the result holds status, headers and decoded content of the answer.",
        class_name="mistral.actions.std_actions.HTTPAction",
        run=_http,
        parameters=_PARAMETERS,
        check=_check,
    ),
    ActionType(
        name="std.mistral_http",
        description="Sends an HTTP request that says where to send the result, and waits for it.",
        class_name="mistral.actions.std_actions.MistralHTTPAction",
        run=_mistral_http,
        parameters=_PARAMETERS,
        is_sync=False,
        check=_check,
    ),
)


SECONDS = 10.0


HEARD = (200, 201)
"""The statuses that count as success (engine rules §24)."""


log = logging.getLogger(__name__)


class Webhook:
    """Posts the payload as JSON to `url` with `headers` where the egress policy allows it; follows no redirects."""

    def __init__(self, send: Send, egress: EgressPolicy) -> None:
        self._send = send
        self._egress = egress

    def __call__(self, listener: JsonDict, notice: Notice) -> None:
        """Post once. Raises a `MeltemiError`; no text of one shows the headers."""
        request = HttpRequest(
            str(listener.get("url") or ""),
            method="POST",
            body=json.dumps(notice.payload),
            headers=listener.get("headers") or {},
            timeout=SECONDS,
        )
        try:
            answer = self._send(request, self._egress, SECONDS)
        except errors.MeltemiError:
            raise
        except Exception as error:
            raise errors.MeltemiError(f"the webhook cannot be called: {type(error).__name__}") from error
        if answer.status not in HEARD:
            raise errors.MeltemiError(f"the webhook answered {answer.status}")


def noop(listener: JsonDict, notice: Notice) -> None:
    """Write down that there was something to tell."""
    log.info("The event %s of %s is published to nobody", notice.event, notice.payload.get("id"))
