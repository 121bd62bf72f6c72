"""Runs a program that runs what users wrote: a process of its own that gets nothing of this one.

No environment, no open file but its pipes; it is killed when its time is over or its answer too long. That it seals
itself before it begins is the business of the program (`javascript_child.py`, `python_child.py`).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Timer

from chalicelib import errors

LONGEST_ANSWER = 8 * 1024 * 1024
"""Bytes: twice what a result may have, which is checked where it is made."""


class OutOfTime(errors.MeltemiError):
    """The program took longer than it may."""


class BrokeOff(errors.MeltemiError):
    """The program ended without an answer, or with too long a one."""


def answer_of(program: Path, order: bytes, seconds: float, environment: Mapping[str, str]) -> bytes:
    """What `program` writes when it is given `order`. Raises `OutOfTime`, `BrokeOff`."""
    command = [sys.executable, "-S", "-s", "-P", str(program)]
    pipe, ends = subprocess.PIPE, time.monotonic() + seconds
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, cwd="/", env=environment, start_new_session=True
    ) as process:
        killer = Timer(seconds, process.kill)
        killer.start()
        try:
            answer = _talk(process, order)
        finally:
            killer.cancel()
            process.kill()
    if process.returncode < 0 and time.monotonic() >= ends:
        raise OutOfTime(f"Timeout after {seconds:g} seconds")
    if len(answer) > LONGEST_ANSWER:
        raise BrokeOff("the answer is too long")
    if not answer:
        raise BrokeOff(f"status {process.returncode}")
    return answer


def _talk(process: subprocess.Popen[bytes], order: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(order)
        process.stdin.close()
    except BrokenPipeError:  # it is over already; its answer tells why
        pass
    answer = process.stdout.read(LONGEST_ANSWER + 1)
    if len(answer) <= LONGEST_ANSWER:
        process.wait()
    return answer
