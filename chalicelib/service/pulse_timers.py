"""The timers by which workers are looked after, as messages; `pulses` acts on them."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import ids
from chalicelib.core.jsontext import JsonDict
from chalicelib.ports import Message
from chalicelib.service.messages import BadMessage, Timer


def is_pulse(body: JsonDict) -> bool:
    """Whether a message is one of these timers."""
    return "pulse" in body


def pulse(action_id: str, attempt: str, at: datetime) -> Timer:
    """Look at `at` whether the worker of this attempt was heard of."""
    return _timer({"pulse": action_id, "attempt": attempt}, at)


def limit(action_id: str, seconds: float, since: datetime) -> Timer:
    """End an action execution that belongs to no task `seconds` after `since`, in ERROR, if it still runs."""
    return _timer({"pulse": action_id, "attempt": "", "limit": f"{seconds:g}"}, since + timedelta(seconds=seconds))


def claim(action_id: str, seconds: float, since: datetime) -> Timer:
    """End an action execution `seconds` after `since`, in ERROR, if no worker has claimed it by then."""
    return _timer({"pulse": action_id, "attempt": "", "claim": f"{seconds:g}"}, since + timedelta(seconds=seconds))


def again(body: JsonDict, at: datetime) -> Timer:
    """The same timer once more. Raises `BadMessage`."""
    named(body)
    return _timer(body, at)


def named(body: JsonDict) -> tuple[str, str]:
    """Which action execution and which attempt a timer is about. Raises `BadMessage`."""
    action_id, attempt = body.get("pulse"), body.get("attempt")
    if not isinstance(action_id, str) or not isinstance(attempt, str):
        raise BadMessage("A timer names no action execution")
    return action_id, attempt


def _timer(body: JsonDict, at: datetime) -> Timer:
    action_id = str(body["pulse"])
    kind = next((word for word in ("limit", "claim") if word in body), "pulse")
    return Timer(at, Message(ids.partition(action_id), f"{kind}-{action_id}", body))
