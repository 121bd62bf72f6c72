"""Sends HTTP requests with `requests`, guarded: the egress policy holds for every hop, size and time have a limit.

What makes a connection safe is in `runtime/pinned_connections.py`. Here every request that goes out, redirects
included, shows its URL to the policy first, and the body of every answer is counted while it is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import prepend_scheme_if_needed, select_proxy

from chalicelib import errors
from chalicelib.actions.runtime.action_type import HttpAnswer, HttpRequest
from chalicelib.actions.runtime.deadline import Deadline
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.actions.runtime.pinned_connections import Pin, Resolve, pools, resolve
from chalicelib.actions.runtime.redact import is_sensitive, quotable, without, without_url_secrets
from chalicelib.core.jsontext import Json

MAX_BYTES = 5 * 1024 * 1024

_PIECE = 64 * 1024


class TooLarge(errors.InvalidRequest):
    """The HTTP response is larger than an action may read."""


class SendFailed(errors.MeltemiError):
    """The HTTP request could not be sent, or its answer not be read."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The `Send` of the real world."""

    max_bytes: int = MAX_BYTES
    """Limit for the body of an answer, decompressed; 0: none."""
    ca_bundle: str | bool = True
    """File of certificates to trust instead of the usual ones."""
    resolve: Resolve = resolve
    clock: Callable[[], float] = time.monotonic

    def __call__(self, request: HttpRequest, egress: EgressPolicy, seconds: float | None) -> HttpAnswer:
        """Send `request`; see `Send`."""
        limits = Limits(self.max_bytes, Deadline.after(seconds, self.clock))
        try:
            egress.check_url(request.url)
            with _Session() as session:
                session.trust_env = False  # neither proxies nor credentials of whoever runs this service
                session.verify = self.ca_bundle
                session.adapters.clear()
                session.mount("", _Guard(Pin(egress, self.resolve), limits))
                return _answer(_send(session, request, limits))
        except errors.MeltemiError:
            raise
        except Exception as error:  # requests lets through what wrong values cause deep inside
            limits.deadline.check()
            raise SendFailed(f"Failed to send HTTP request: {_told(error, request)}") from None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be read, and until when."""

    max_bytes: int
    deadline: Deadline

    def check_declared(self, size: str | None) -> None:
        """Raise `TooLarge` for a `Content-Length` over the limit."""
        if self.max_bytes and size is not None and size.isdecimal() and int(size) > self.max_bytes:
            raise TooLarge(f"HTTP response is too large (Content-Length={size}, limit={self.max_bytes} bytes).")

    def check_read(self, size: int) -> None:
        """Raise `TooLarge` when more than the limit was read."""
        if self.max_bytes and size > self.max_bytes:
            raise TooLarge(f"HTTP response is too large (limit={self.max_bytes} bytes).")

    def patience(self, asked: Json) -> Json:
        """The `timeout` that was asked for, shortened to the time there is; no number stays what it is."""
        if isinstance(asked, bool) or not isinstance(asked, (int, float)):
            return asked
        return self.deadline.left(asked)


class _Session(requests.Session):
    """Takes nothing that sounds like a secret to another host than the one that it was meant for."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Called for every redirect, once the next request is made."""
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]
        elsewhere = self.should_strip_auth(response.request.url, prepared_request.url)  # type: ignore[no-untyped-call]
        if elsewhere:
            for name in [name for name in prepared_request.headers if is_sensitive(name)]:
                del prepared_request.headers[name]


class _Guard(HTTPAdapter):
    """Lets a request out if the policy allows, over pinned connections, and counts what comes back."""

    def __init__(self, pin: Pin, limits: Limits) -> None:
        self._pin = pin
        self._limits = limits
        self._pools = pools(pin)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Check the URL (and those of a proxy), send, and put the counting reader before the body."""
        self._limits.deadline.check()
        self._check(request.url or "", proxies)
        named = request.headers.get("Host")
        if named is not None:
            self._pin.egress.check_url(f"http://{named}/")
        response = super().send(request, stream, timeout, verify, cert, proxies)
        response.raw = _Counted(response.raw, self._limits)
        if request.method != "HEAD":
            response.raw.check_declared()
        return response

    def _check(self, url: str, proxies: Mapping[str, str] | None) -> None:
        self._pin.egress.check_url(url)
        proxy = select_proxy(url, proxies)
        if proxy:
            self._pin.egress.check_url(prepend_scheme_if_needed(proxy, "http"))  # type: ignore[no-untyped-call]
            self._pin.check_name(url)


class _Counted:
    """The raw body of an answer, read piece by piece within the limits; everything else is the wrapped one's."""

    def __init__(self, raw: Any, limits: Limits) -> None:
        self._raw = raw
        self._limits = limits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def check_declared(self) -> None:
        """Raise `TooLarge` at once if the answer says so itself."""
        with self._closed_on_error():
            self._limits.check_declared(self._raw.headers.get("Content-Length"))

    def stream(self, amount: int = _PIECE, decode_content: bool | None = None) -> Iterator[bytes]:
        """Pieces as they arrive: `read1` does not wait for a full one, so that the time is checked often."""
        total = 0
        while piece := self._raw.read1(_PIECE, decode_content=decode_content):
            total += len(piece)
            with self._closed_on_error():
                self._limits.check_read(total)
                self._limits.deadline.check()
            yield piece

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except errors.MeltemiError:
            self._raw.close()
            raise


def _told(error: Exception, request: HttpRequest) -> str:
    """What went wrong, without what the request keeps to itself: headers, cookies, and secrets in URLs."""
    return without_url_secrets(without(str(error), *quotable(request.headers), *quotable(request.cookies)))


def _send(session: requests.Session, request: HttpRequest, limits: Limits) -> requests.Response:
    """Values go as they came: what `requests` says about wrong ones is the text that users of Mistral know."""
    values: Any = request
    return session.request(
        method=values.method,
        url=request.url,
        params=values.params,
        data=values.body,
        json=values.json,
        headers=values.headers,
        cookies=values.cookies,
        auth=request.auth,
        timeout=limits.patience(request.timeout),  # type: ignore[arg-type]
        allow_redirects=request.allow_redirects,
        proxies=values.proxies,
        verify=None if request.verify else False,
        stream=True,
    )


def _answer(response: requests.Response) -> HttpAnswer:
    return HttpAnswer(
        status=response.status_code,
        reason=response.reason,
        url=response.url,
        body=response.content,
        encoding=response.encoding,
        headers=dict(response.headers.items()),
        cookies=dict(response.cookies.items()),
        history=tuple(earlier.content for earlier in response.history),
        elapsed=response.elapsed.total_seconds(),
    )
