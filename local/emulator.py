"""Starts and stops the embedded emulator as a child process with a free port and a data folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parent.parent
ATTEMPTS = 5
PATIENCE = 30.0


class EmulatorFailed(RuntimeError):
    """The embedded emulator did not start."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator. As a context manager it stops at the end."""

    url: str
    process: subprocess.Popen[bytes]

    def alive(self) -> bool:
        """Whether the child process still runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Close the child's standard input, upon which it cleans up and ends; kill it if it does not."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def start(**variables: str) -> Emulator:
    """Start an emulator and wait until it answers. Another process may snatch the port: then take another one.

    `variables` are settings of the emulator, such as AUTH=true, with which it looks at roles and policies.
    """
    for _ in range(ATTEMPTS):
        emulator = _launch(_free_port(), variables)
        if _answers(emulator):
            return emulator
        emulator.stop()
    raise EmulatorFailed("The embedded emulator did not start; is ministack installed?")


def _launch(port: int, variables: Mapping[str, str]) -> Emulator:
    folder = tempfile.mkdtemp(prefix="meltemi-")
    process = subprocess.Popen(
        [sys.executable, "-m", "local.emulated"],
        cwd=ROOT,
        env={**_environment(port, folder), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # Ctrl-C in a terminal goes to the whole foreground group; the emulator has to outlive the draining handlers.
        start_new_session=True,
    )
    return Emulator(f"http://127.0.0.1:{port}", process)


def _environment(port: int, folder: str) -> dict[str, str]:
    return {
        **os.environ,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",  # it would take port 8883
        "LOG_LEVEL": "WARNING",
        "TMPDIR": folder,
        "STATE_DIR": os.path.join(folder, "state"),
        "PYTHONWARNINGS": "ignore",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(emulator: Emulator) -> bool:
    deadline = time.monotonic() + PATIENCE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while emulator.alive() and time.monotonic() < deadline:
        try:
            with opener.open(f"{emulator.url}/_ministack/health", timeout=5):
                return emulator.alive()
        except OSError:
            time.sleep(0.02)
    return False
