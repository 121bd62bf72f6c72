"""`python -m bench.wall URL`: how fast a running server is, seen over HTTP from outside.

Works on `make run`, on a deployed stage and on Mistral alike. Times are the client's, from before the first start
until the last end was seen; everything made here is deleted again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

from bench import workloads

POLL_SECONDS = 0.02
PATIENCE = 300.0
SIDE_BY_SIDE = 8
ENDED = frozenset({"SUCCESS", "ERROR", "CANCELLED"})


@dataclass(frozen=True)
class Load:
    """Executions of one workflow, `together` at a time."""

    name: str
    text: str
    tasks: int
    executions: int = 1
    together: int = 1
    input: str = "{}"


LOADS = (
    Load("one task", workloads.chain(1), 1, executions=20),
    Load("chain 100", workloads.chain(100), 100, executions=3),
    Load("fan-out 100 + join", workloads.fan_out(100, join=True), 101, executions=3),
    Load("fan-out 500 + join", workloads.fan_out(500, join=True), 501),
    Load(
        "100 x 3 tasks, data flow",
        workloads.data_flow(),
        3,
        executions=100,
        together=SIDE_BY_SIDE,
        input='{"name": "world", "count": 3}',
    ),
)


class Server:
    """A client of the REST API, with a connection for each thread."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/").removesuffix("/v2") + "/v2"
        self._mine = threading.local()

    def call(self, method: str, path: str, body: str | None = None, kind: str = "application/json") -> Any:
        """The decoded reply. Raises `requests.HTTPError`."""
        if not hasattr(self._mine, "session"):
            self._mine.session = requests.Session()
            self._mine.session.trust_env = False
        headers = {"Content-Type": kind} if body is not None else {}
        reply = self._mine.session.request(method, self._url + path, data=body, headers=headers, timeout=60)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def start(self, load: Load, workflow: str) -> str:
        """The id of a new execution."""
        body = json.dumps({"workflow_name": workflow, "input": load.input})
        return str(self.call("POST", "/executions", body)["id"])

    def wait(self, execution_id: str) -> str:
        """The state an execution ended in."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            state = str(self.call("GET", f"/executions/{execution_id}")["state"])
            if state in ENDED:
                return state
            time.sleep(POLL_SECONDS)
        return "not ended"


@dataclass(frozen=True)
class Timing:
    """How long a load took, and each of its executions."""

    load: Load
    seconds: float
    each: Sequence[float]
    failed: int

    @property
    def line(self) -> str:
        count = self.load.tasks * self.load.executions
        middle = statistics.median(self.each) * 1000
        trouble = f"  {self.failed} FAILED" if self.failed else ""
        return f"{self.load.name:<28}{count:>7}{self.seconds:>9.2f}{count / self.seconds:>10.0f}{middle:>9.0f}{trouble}"


def run(server: Server, load: Load) -> Timing:
    """Run a load under a workflow name of its own."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    lines = load.text.splitlines()
    server.call("POST", "/workflows", "\n".join([*lines[:2], f"{name}:", *lines[3:], ""]), "text/plain")
    started: list[str] = []
    try:
        return _timed(load, lambda: _one(server, load, name, started))
    finally:
        for execution_id in started:
            server.call("DELETE", f"/executions/{execution_id}?force=true")
        server.call("DELETE", f"/workflows/{name}")


def _timed(load: Load, once: Callable[[], tuple[float, str]]) -> Timing:
    began = time.perf_counter()
    with ThreadPoolExecutor(load.together) as threads:
        outcomes = list(threads.map(lambda _: once(), range(load.executions)))
    seconds = time.perf_counter() - began
    failed = sum(state != "SUCCESS" for _, state in outcomes)
    return Timing(load, seconds, [took for took, _ in outcomes], failed)


def _one(server: Server, load: Load, workflow: str, started: list[str]) -> tuple[float, str]:
    began = time.perf_counter()
    execution_id = server.start(load, workflow)
    started.append(execution_id)
    state = server.wait(execution_id)
    return time.perf_counter() - began, state


def main() -> int:
    """Run all loads, print a line for each; 1 if an execution failed."""
    parser = argparse.ArgumentParser(prog="python -m bench.wall", description="How fast a running server is.")
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8989", help="where the API is")
    parser.add_argument("--only", metavar="TEXT", default="", help="loads whose name contains TEXT")
    options = parser.parse_args()
    server = Server(options.url)
    print(f"{'load':<28}{'tasks':>7}{'seconds':>9}{'tasks/s':>10}{'p50 ms':>9}")
    failed = 0
    for load in LOADS:
        if options.only in load.name:
            timing = run(server, load)
            failed += timing.failed
            print(timing.line, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
