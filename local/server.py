"""A small threaded HTTP/1.1 server with keep-alive in front of the gateway."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.gateway import Reply, Request

MAX_BODY = 10 * 1024 * 1024
"""The largest request API Gateway lets through."""

HOST = "127.0.0.1"

log = logging.getLogger(__name__)

Handle = Callable[[Request], Reply]


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
        refusal = self._refusal()
        if refusal is not None:
            self.close_connection = True
            self._send(refusal)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            reply = self._handle(Request(self.command, self.path, self._all_headers(), body))
        except Exception:
            log.exception("%s %s failed", self.command, self.path)
            reply = _plain(502, "Internal server error")
        self._send(reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _serve

    def _refusal(self) -> Reply | None:
        length = self.headers.get("Content-Length") or "0"
        if self.headers.get("Transfer-Encoding"):
            return _plain(411, "Length Required")
        if not (length.isascii() and length.isdigit()):
            return _plain(400, "Bad Request")
        if int(length) > MAX_BODY:
            return _plain(413, "Request Too Long")
        return None

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


def _plain(status: int, text: str) -> Reply:
    return Reply(status, [("Content-Type", "text/plain")], text.encode())
