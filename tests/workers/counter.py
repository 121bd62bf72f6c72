"""A server outside of everything that counts what is done to it: the side effects of actions."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Tally(ThreadingHTTPServer):
    """Counts requests by their paths."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.hits: Counter[str] = Counter()
        self._lock = threading.Lock()

    def note(self, path: str) -> None:
        with self._lock:
            self.hits[path] += 1

    def of(self, group: str) -> list[int]:
        """How often each path of a group was hit, in any order."""
        with self._lock:
            return [count for path, count in self.hits.items() if path.startswith(f"/{group}/")]


class _Handler(BaseHTTPRequestHandler):
    server: Tally

    def log_message(self, *args: object) -> None:
        pass

    def _serve(self) -> None:
        self.server.note(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = _serve


@contextmanager
def tally() -> Iterator[Tally]:
    """A counter that listens on the loopback until the end."""
    server = Tally()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
