"""The actions that need nothing but their input: `std.noop`, `std.echo`, `std.fail`, `std.test_dict`, …"""

from __future__ import annotations

import math

from chalicelib import errors
from chalicelib.actions.runtime.action_type import ActionContext, ActionType, Outside
from chalicelib.core.jsontext import Json, JsonDict, dumps
from chalicelib.core.language.spec import Parameter

_CLASSES = "mistral.actions.std_actions"

_LARGEST = 4 * 1024 * 1024
"""Bytes of a `std.test_dict`: well above what a field may hold, well below what hurts the process that builds it."""


def _nothing(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    return None


def _echo(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    return given["output"]


def _fail(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    if given["error_data"]:
        raise errors.ActionFailed(given["error_data"])
    raise errors.MeltemiError("Fail action expected exception.")


def _test_dict(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    size, prefix, value = given["size"], given["key_prefix"], given["val"]
    if not isinstance(size, int):
        raise TypeError(f"'{type(size).__name__}' object cannot be interpreted as an integer")
    if size * (len(str(prefix)) + len(dumps(value)) + 4) > _LARGEST:
        raise ValueError(f"The dictionary would be larger than {_LARGEST} bytes.")
    return {f"{prefix}{number}": value for number in range(size)}


def _delay(given: JsonDict) -> float:
    """`delay` of `std.echo`; a text that is no number and anything negative or endless count as 0."""
    delay = given.get("delay", 0)
    try:
        seconds = float(delay)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return max(seconds, 0.0) if math.isfinite(seconds) else 0.0


def _seconds(given: JsonDict) -> float:
    """`seconds` of `std.sleep`, whole; read like `delay`."""
    seconds = given.get("seconds", 1)
    try:
        return float(max(int(seconds), 0))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _number_or_text(given: JsonDict, name: str) -> str | None:
    if isinstance(given.get(name, 0), (int, float, str)):
        return None
    return f"Parameter '{name}' must be a number."


ACTIONS = (
    ActionType(
        name="std.noop",
        description="Does nothing; the result is null.",
        class_name=f"{_CLASSES}.NoOpAction",
        run=_nothing,
        pure=True,
    ),
    ActionType(
        name="std.async_noop",
        description="Does nothing and waits: the result is whatever is sent to the API for this action execution.",
        class_name=f"{_CLASSES}.AsyncNoOpAction",
        run=_nothing,
        pure=True,
        is_sync=False,
    ),
    ActionType(
        name="std.echo",
        description="Gives back `output`, after `delay` seconds.",
        class_name=f"{_CLASSES}.EchoAction",
        run=_echo,
        parameters=(Parameter("output"), Parameter("delay", 0)),
        pure=True,
        waits=_delay,
        check=lambda given: _number_or_text(given, "delay"),
    ),
    ActionType(
        name="std.fail",
        description="Always fails: with `error_data` as the error, or with a standard text.",
        class_name=f"{_CLASSES}.FailAction",
        run=_fail,
        parameters=(Parameter("error_data", None),),
        pure=True,
        label="Fail action",
    ),
    ActionType(
        name="std.sleep",
        description="Waits for `seconds` seconds; the result is null.",
        class_name=f"{_CLASSES}.SleepAction",
        run=_nothing,
        parameters=(Parameter("seconds", 1),),
        pure=True,
        waits=_seconds,
        check=lambda given: _number_or_text(given, "seconds"),
    ),
    ActionType(
        name="std.test_dict",
        description="A dictionary of `size` keys, each `key_prefix` and a number from 0, each with the value `val`.",
        class_name=f"{_CLASSES}.TestDictAction",
        run=_test_dict,
        parameters=(Parameter("size", 0), Parameter("key_prefix", ""), Parameter("val", "")),
        pure=True,
    ),
)
