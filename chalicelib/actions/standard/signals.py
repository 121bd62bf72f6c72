"""The actions that wait for a signal, and that make a link by which somebody sends one."""

from __future__ import annotations

from chalicelib.actions.runtime.action_type import ActionContext, ActionType, Outside
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import Parameter

WEEK = 7 * 24 * 3600


def _wait(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    outside.wait_for_signal(str(given["key"]), context.execution_id, context.action_execution_id)
    return None


def _link(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    seconds = float(str(given["expires"]))
    return outside.signal_link(context.execution_id, str(given["key"]), str(given["text"]), seconds)


def _key(given: JsonDict) -> str | None:
    return None if given.get("key") else "Parameter 'key' must not be empty."


def _key_and_time(given: JsonDict) -> str | None:
    if not isinstance(given["expires"], (int, float)):
        return "Parameter 'expires' must be a number of seconds."
    return _key(given)


ACTIONS = (
    ActionType(
        name="std.wait_signal",
        description="Waits for the signal `key`; the result is what is sent with it.",
        class_name="meltemi.actions.WaitSignal",
        run=_wait,
        parameters=(Parameter("key"),),
        only_looks=True,
        is_sync=False,
        check=_key,
    ),
    ActionType(
        name="std.signal_link",
        description="A link by which somebody without credentials sends the signal `key`: approved or rejected, once.",
        class_name="meltemi.actions.SignalLink",
        run=_link,
        parameters=(Parameter("key"), Parameter("text", ""), Parameter("expires", WEEK)),
        only_looks=True,
        check=_key_and_time,
    ),
)
