"""What triggers of both kinds say: with which input and parameters they start executions."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.core.jsontext import Json, JsonDict

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Given:
    """What the executions of a trigger get."""

    input: JsonDict = field(default_factory=dict)
    params: JsonDict = field(default_factory=dict)

    @property
    def body(self) -> JsonDict:
        """As it is stored."""
        return {"input": self.input, "params": self.params}

    @classmethod
    def of(cls, body: JsonDict) -> Given:
        """As it was stored."""
        return cls(_object(body["input"]), _object(body["params"]))


def _object(plain: Json) -> JsonDict:
    return plain if isinstance(plain, dict) else {}
