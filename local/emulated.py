"""The child process of the embedded emulator: `python -m local.emulated`, its settings in environment variables.

Standard input is a pipe whose other end only the parent holds. However the parent ends, kill -9 included, the pipe
closes; then this process removes its data folder and is gone.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

from ministack.app import main
from ministack.core import iam_actions
from ministack.services import sqs


class News:
    """Wakes the emulator's long polls as soon as a message arrives.

    The emulator looks every 0.1 s, which would add that to each hop of a workflow. This object takes the place of
    both its wake-up event (which every send sets) and the `asyncio` its long poll sleeps with.
    """

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    def set(self) -> None:
        """There is something new in some queue."""
        self._wake.set()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._rouse)

    async def sleep(self, seconds: float) -> None:
        """Sleep so long at most, less when there is news."""
        self._loop = asyncio.get_running_loop()
        waiter = self._loop.create_future()
        self._waiting.add(waiter)
        await asyncio.wait({waiter}, timeout=seconds)
        self._waiting.discard(waiter)

    def _rouse(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)


def _quicken_long_polls() -> None:
    news = News(sqs.esm_wake)
    sqs.esm_wake = news
    sqs.asyncio = SimpleNamespace(sleep=news.sleep, iscoroutine=asyncio.iscoroutine)


def _batches_are_no_actions_of_their_own() -> None:
    """With AUTH=true the emulator asks for rights such as sqs:SendMessageBatch, of which AWS knows nothing."""
    asked = iam_actions.extract_iam_action

    def extract(service: str, *request: Any) -> str | None:
        action: str | None = asked(service, *request)
        return action.removesuffix("Batch") if action and service == "sqs" else action

    iam_actions.extract_iam_action = extract


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    folder = os.environ["TMPDIR"]
    os.rename(folder, f"{folder}-gone")  # nobody adds anything to it from now on, and nobody has to wait:
    subprocess.Popen(["rm", "-rf", f"{folder}-gone"], start_new_session=True)  # functions have thousands of files
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _quicken_long_polls()
    _batches_are_no_actions_of_their_own()
    sys.argv = ["ministack"]
    main()
