"""Messages of format 1, which had no `kind`: what they are in the present format.

They are met after an update only: in the queues while old and new code run side by side, and in the due-index, where a
timer may wait for up to a year.
"""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict

_EVENTS = {
    "proceed": "continue",
    "check": "check",
    "woken": "delay_ended",
    "timeout": "task_timed_out",
    "ended": "action_ended",
    "child": "sub_execution_changed",
    "refused": "sub_execution_refused",
    "asked": "parent_changed",
    "removed": "remove_execution",
}
"""The `event` of format 1 and the kind that it is."""

_RENAMED = {
    "sub_execution_changed": {"asked": "requested"},
    "remove_execution": {"asked_at": "requested_at"},
    "run_standalone_action": {"loose": "action"},
    "fire_cron_trigger": {"cron_trigger": "trigger"},
    "check_heartbeat": {"pulse": "action"},
    "check_claim": {"pulse": "action", "claim": "seconds"},
    "check_deadline": {"pulse": "action", "limit": "seconds"},
}
"""Members that have another name now."""


def upgraded(plain: JsonDict) -> JsonDict:
    """The message in the present format. Raises `LookupError` or `ValueError` for what never was a message."""
    kind = _kind(plain)
    names = _RENAMED.get(kind, {})
    current: JsonDict = {names.get(name, name): value for name, value in plain.items()}
    if kind in ("check_claim", "check_deadline"):
        current["seconds"] = float(str(current["seconds"]))
    return {**current, "kind": kind}


def _kind(plain: JsonDict) -> str:
    if "loose" in plain:
        return "run_standalone_action"
    if "cron_trigger" in plain:
        return "fire_cron_trigger"
    if "pulse" in plain:
        return "check_deadline" if "limit" in plain else "check_claim" if "claim" in plain else "check_heartbeat"
    if "exchange" in plain:
        return "bus_event"
    if "payload" in plain:
        return "notification"
    if "event" in plain:
        kind = _EVENTS[str(plain["event"])]
        return _maintenance(plain) if kind == "parent_changed" and "version" not in plain else kind
    if "safe_rerun" in plain:
        return "run_action"
    raise ValueError("it is of no known kind")


def _maintenance(plain: JsonDict) -> str:
    """What asks an execution to follow and names no version of a parent was sent for maintenance."""
    return "maintenance_began" if plain["state"] == "PAUSED" else "maintenance_ended"
