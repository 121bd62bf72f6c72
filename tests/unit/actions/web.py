"""A real HTTP server on the loopback, in a thread: what it answers is in the table `PAGES`."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

PAGES: dict[str, tuple[bytes, str | None]] = {
    "/json": (b'{"greeting": "hello"}', "application/json"),
    "/json-as-text": (b'{"a": 1}', "text/plain"),
    "/broken-json": (b'{"a":', "application/json"),
    "/nan": (b"NaN", "application/json"),
    "/text": (b"plain words", "text/plain; charset=utf-8"),
    "/latin": ("café".encode("latin-1"), "text/plain; charset=iso-8859-1"),
    "/no-type": ("café €".encode(), None),
    "/binary": (b"\xff\xfe\x80\x01", "application/octet-stream"),
    "/odd-charset": (b"abc", "text/plain; charset=nope"),
    "/odd-charset-json": (b"[1]", "text/plain; charset=nope"),
    "/empty": (b"", None),
}


class Web(ThreadingHTTPServer):
    """`PAGES`, and by the first word of the path the methods of `_Handler`: `/status/404`, `/echo`, `/endless`, …"""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.over = threading.Event()
        self.paths: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early is what some tests are about."""

    def stop(self) -> None:
        """Let waiting answers go and close."""
        self.over.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Web

    def log_message(self, *args: object) -> None:
        pass

    def _send(self, status: int, body: bytes = b"", kind: str | None = None, **headers: str) -> None:
        self.send_response(status)
        if kind is not None:
            self.send_header("Content-Type", kind)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _serve(self) -> None:
        url = urlsplit(self.path)
        page, _, argument = url.path.strip("/").partition("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.paths.append(self.path)
        if url.path in PAGES:
            self._send(200, *PAGES[url.path])
        else:
            getattr(self, f"_{page}")(argument, unquote(url.query), body)

    def _status(self, argument: str, query: str, body: bytes) -> None:
        self._send(int(argument), b"" if argument in ("204", "304") else b'{"code": 1}', "application/json")

    def _redirect(self, argument: str, query: str, body: bytes) -> None:
        self._send(int(argument), b"moved", "text/plain", Location=query)

    def _loop(self, argument: str, query: str, body: bytes) -> None:
        self._send(302, Location="/loop")

    def _echo(self, argument: str, query: str, body: bytes) -> None:
        seen = {"method": self.command, "path": self.path, "body": body.decode(), "headers": dict(self.headers)}
        self._send(200, json.dumps(seen).encode(), "application/json", Set_Cookie="a=b; Path=/")

    def _big(self, argument: str, query: str, body: bytes) -> None:
        self._send(200, b"x" * int(argument), "text/plain")

    def _endless(self, argument: str, query: str, body: bytes) -> None:
        self.send_response(int(argument or 200))
        self.send_header("Location", "/json")
        self.send_header("Connection", "close")
        self.end_headers()
        while not self.server.over.is_set():
            self.wfile.write(b"x" * 10_000)

    def _bomb(self, argument: str, query: str, body: bytes) -> None:
        self._send(200, gzip.compress(b"0" * int(argument)), "text/plain", Content_Encoding="gzip")

    def _silent(self, argument: str, query: str, body: bytes) -> None:
        self.server.over.wait(30)

    def _cut(self, argument: str, query: str, body: bytes) -> None:
        self._send(200, b"abc", None, Content_Length="100")
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_HEAD = _serve
