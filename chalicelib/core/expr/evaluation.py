"""The evaluation under way: what its functions may ask, its data and what it has used so far.

Both languages build their engine once per process, so run-time facts cannot be arguments of it; functions find them
here. A context variable keeps threads apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256

from chalicelib.core.expr.asks import Asks
from chalicelib.core.expr.limits import Limits, Meter
from chalicelib.core.expr.scales import Scales
from chalicelib.core.jsontext import Json


class Evaluation:
    """One call of `evaluate`."""

    __slots__ = ("asks", "data", "meter", "scales", "yaql_root")

    def __init__(self, data: Mapping[str, Json] | Json, asks: Asks, limits: Limits) -> None:
        self.data = data
        self.asks = asks
        self.meter = Meter(limits)
        self.scales = Scales(limits)
        self.yaql_root: object = None
        """The data in YAQL's immutable form, made at the first YAQL expression and shared by all of this call."""

    def chance(self) -> float:
        """A number from [0, 1) that a repeated step sees again."""
        return chance(self.asks)


def chance(asks: Asks) -> float:
    """A number from [0, 1) that a repeated step draws again."""
    digest = sha256(asks.uuid().encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


_current: ContextVar[Evaluation] = ContextVar("evaluation")


def current() -> Evaluation:
    """The evaluation under way in this thread. Raises `LookupError` outside of one."""
    return _current.get()


@contextmanager
def under_way(evaluation: Evaluation) -> Iterator[Evaluation]:
    """Make `evaluation` the current one within the block."""
    token = _current.set(evaluation)
    try:
        yield evaluation
    finally:
        _current.reset(token)
