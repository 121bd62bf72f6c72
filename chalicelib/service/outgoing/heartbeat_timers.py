"""The timers by which workers are looked after, as messages; `pulses` acts on them."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import ids
from chalicelib.messaging.bodies import CheckClaim, CheckDeadline, CheckHeartbeat, WorkerTimer
from chalicelib.ports.messaging import Message
from chalicelib.service.outgoing.messages import Timer


def pulse(action_id: str, attempt: str, at: datetime) -> Timer:
    """Check at `at` whether the worker of this attempt has sent a heartbeat."""
    return timer(CheckHeartbeat(action=action_id, attempt=attempt), at)


def limit(action_id: str, seconds: float, since: datetime) -> Timer:
    """End an action execution that belongs to no task `seconds` after `since`, in ERROR, if it still runs."""
    return timer(CheckDeadline(action=action_id, seconds=seconds), since + timedelta(seconds=seconds))


def claim(action_id: str, seconds: float, since: datetime) -> Timer:
    """End an action execution `seconds` after `since`, in ERROR, if no worker has claimed it by then."""
    return timer(CheckClaim(action=action_id, seconds=seconds), since + timedelta(seconds=seconds))


def timer(body: WorkerTimer, at: datetime) -> Timer:
    """One of these timers at another time."""
    return Timer(at, Message(ids.partition(body.action), f"{type(body).__name__}-{body.action}", body))
