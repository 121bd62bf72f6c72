"""Starts `python -m local`, which is all that `make run` does, as a process of its own for a test."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local.emulator import ROOT


@dataclass(frozen=True)
class LocalRun:
    """A run that has said it is ready."""

    process: subprocess.Popen[str]
    announcement: str

    @property
    def url(self) -> str:
        """The address of its API, without a slash at the end."""
        return self._find(r"http://127\.0\.0\.1:\d+/v2")

    @property
    def endpoint(self) -> str:
        """The endpoint it works on."""
        return self._find(r"endpoint (http://[^)]+)")

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(30)

    def _find(self, pattern: str) -> str:
        found = re.search(pattern, self.announcement)
        assert found, self.announcement
        return found[found.re.groups]


@contextmanager
def local_run(**variables: str) -> Iterator[LocalRun]:
    """A run with these environment variables, on a free port unless PORT is among them; ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**os.environ, "PORT": "0", **variables},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            yield LocalRun(process, process.stdout.readline())
        finally:
            process.terminate()
