"""Requests that change one definition at the same moment: each is carried out, one after the other, as in Mistral.

A write goes through only if nobody has written since it was read, so of several one succeeds. The others are done again
from reading on. Under `If-Match` reading finds a version that the caller does not know, which is 412.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from chalicelib.errors import Contended, Overtaken

T = TypeVar("T")

TRIES = 20
LONGEST_PAUSE = 0.25
"""Seconds; all tries together pause for less than four, far below the 29 that the gateway waits."""


def despite_rivals(handle: Callable[[], T], pause: Callable[[float], None] = time.sleep) -> T:
    """What `handle` answers, which is called again while other requests come first. Raises what it raises at last."""
    for number in range(1, TRIES):
        try:
            return handle()
        except (Overtaken, Contended):
            pause(random.uniform(0, min(LONGEST_PAUSE, 0.02 * number)))
    return handle()
