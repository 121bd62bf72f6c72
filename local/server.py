"""A small threaded HTTP/1.1 server with keep-alive in front of the gateway."""

from __future__ import annotations

import errno
import logging
import socket
import string
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.gateway import Reply, Request, refusal

MAX_BODY = 10 * 1024 * 1024
"""The largest request API Gateway lets through."""

HOST = "127.0.0.1"
MAX_LINE = 4096
MAX_TRAILERS = 100
_DIGITS = {10: string.digits, 16: string.hexdigits}
_TOO_LARGE = "The request is larger than 10 MB"

log = logging.getLogger(__name__)

Handle = Callable[[Request], Reply]


class _Refused(Exception):
    """A body that is not taken."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.reply = refusal(status, text)


class Server(ThreadingHTTPServer):
    """Serves `handle` on 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, handle: Handle, port: int) -> None:
        """Raises `OSError` naming the port if it cannot be had."""
        try:
            super().__init__((HOST, port), partial(_Connection, handle))
        except OSError as error:
            raise _refused(port, error) from error


def check_free(port: int) -> None:
    """Raise `OSError` naming the port, and how to choose another one, if it cannot be had now."""
    try:
        with socket.create_server((HOST, port)):
            pass
    except OSError as error:
        raise _refused(port, error) from error


def _refused(port: int, error: OSError) -> OSError:
    why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
    return OSError(f"port {port} of {HOST} {why}. Choose another one: make run PORT=8990 (0: any free one)")


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "meltemi"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of a reply leave together

    def __init__(self, handle: Handle, *args: object) -> None:
        self._handle = handle
        super().__init__(*args)  # type: ignore[arg-type]

    def _serve(self) -> None:
        try:
            body = self._body()
        except _Refused as error:
            self.close_connection = True
            self._send(error.reply)
            return
        try:
            reply = self._handle(Request(self.command, self.path, self._all_headers(), body))
        except Exception:
            log.exception("%s %s failed", self.command, self.path)
            reply = refusal(502, "Internal server error")
        self._send(reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _serve

    def _body(self) -> bytes:
        """The body of the request. Raises `_Refused`, after which the connection is of no use."""
        coding = self.headers.get("Transfer-Encoding")
        length = self.headers.get("Content-Length")
        if coding is None:
            return self.rfile.read(_size(length or "0", 10))
        if coding.strip().lower() != "chunked" or length is not None:
            raise _Refused(400, "A body comes with Content-Length or with Transfer-Encoding: chunked, not otherwise")
        return self._chunks()

    def _chunks(self) -> bytes:
        """A chunked body (RFC 9112, 7.1), without its extensions and trailers."""
        body = b""
        while size := _size(self._line().partition(";")[0].strip(), 16):
            if len(body) + size > MAX_BODY:
                raise _Refused(413, _TOO_LARGE)
            body += self.rfile.read(size)
            if self._line():
                raise _Refused(400, "A chunk is not as long as it says")
        for _ in range(MAX_TRAILERS):
            if not self._line():
                return body
        raise _Refused(400, "Too many trailers")

    def _line(self) -> str:
        """The next line of the body. Raises `_Refused` if it has no end or is too long."""
        line = self.rfile.readline(MAX_LINE)
        if not line.endswith(b"\n"):
            raise _Refused(400, "The chunked body is cut short or malformed")
        return line.decode("latin-1").rstrip("\r\n")

    def _all_headers(self) -> dict[str, list[str]]:
        gathered: dict[str, list[str]] = {}
        for name, value in self.headers.items():
            gathered.setdefault(name.lower(), []).append(value)
        return gathered

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and reply.status not in (204, 304):
            self.wfile.write(reply.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged, or the log would be all there is to see."""


def _size(text: str, base: int) -> int:
    """How many bytes follow. Raises `_Refused`."""
    if not text or not set(text) <= set(_DIGITS[base]):
        raise _Refused(400, f"Not a number of bytes: {text[:20]!r}")
    if len(text) > 16 or int(text, base) > MAX_BODY:
        raise _Refused(413, _TOO_LARGE)
    return int(text, base)
