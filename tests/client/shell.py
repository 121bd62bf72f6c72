"""The released client's shell: its commands, what they print, and how they end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.emulator import ROOT

PATIENCE = 30.0


@dataclass(frozen=True)
class Shell:
    """A process that runs commands against one service."""

    process: subprocess.Popen[str]
    commands: frozenset[str]
    """All that the client knows."""

    def run(self, *words: str) -> tuple[int, str]:
        """Exit status of a command, and what it printed."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(words), file=self.process.stdin, flush=True)
        status, printed = json.loads(self.process.stdout.readline())
        return int(status), str(printed)

    def ok(self, *words: str) -> str:
        """What a command prints, which has to succeed."""
        status, printed = self.run(*words)
        assert status == 0, f"{' '.join(words)}\n{printed}"
        return printed

    def json(self, *words: str) -> Any:
        """What a command shows as a table, or prints as JSON by itself; the client shows nothing as an empty row."""
        alone = re.search(r"-get-(?!sub)", words[0]) or words[0] == "run-action"
        found = json.loads(self.ok(*words, *([] if alone else ["-f", "json"])))
        return [row for row in found if any(row.values())] if isinstance(found, list) and not alone else found

    def until(self, done: Callable[[Any], bool], *words: str, patience: float = PATIENCE) -> Any:
        """What a command shows once it is as wanted."""
        deadline = time.monotonic() + patience
        while not done(found := self.json(*words)):
            assert time.monotonic() < deadline, found
            threading.Event().wait(0.1)
        return found


@contextmanager
def opened(url: str, env: dict[str, str]) -> Iterator[Shell]:
    """A shell whose client talks to the service at `url`."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.client.serving"],
        cwd=ROOT,
        env={**env, "OS_MISTRAL_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            yield Shell(process, frozenset(json.loads(process.stdout.readline())))
        finally:
            process.terminate()
