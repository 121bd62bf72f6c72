"""The other side of the examples that call somebody: an HTTP server whose answers are a table."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chalicelib.core.jsontext import Json

Answers = Mapping[str, Sequence[tuple[int, Json]]]
"""By method and path: (status, body) one after the other, the last one again and again. What is missing answers 404."""


class Peer(ThreadingHTTPServer):
    """Answers as told and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answers: Answers) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[str] = []
        self._left = {place: list(turns) for place, turns in answers.items()}
        self._lock = threading.Lock()

    def answer(self, place: str) -> tuple[int, Json]:
        """The next answer for `place`."""
        with self._lock:
            self.asked.append(place)
            turns = self._left.get(place, [(404, None)])
            return turns.pop(0) if len(turns) > 1 else turns[0]


class _Handler(BaseHTTPRequestHandler):
    server: Peer

    def log_message(self, *args: object) -> None:
        pass

    def _serve(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = self.server.answer(f"{self.command} {self.path}")
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = _serve


@contextmanager
def peer(answers: Answers) -> Iterator[Peer]:
    """A peer that listens on the loopback until the end."""
    server = Peer(answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
