"""What triggers of both kinds say, with which input and parameters they start executions, and who sees that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.security import SecurityContext
from chalicelib.ports.definitions import DefinitionRecord
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.repository import Shelf

MAX_NAME = 200

_MAKER = "made_by"


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


def made_by(caller: Caller) -> JsonDict:
    """What the facts of a trigger say of who made it: executions run for that one."""
    return {} if caller.security is None else {_MAKER: caller.security.plain()}


def still_made_by(record: DefinitionRecord) -> JsonDict:
    """The same of a trigger that is to be changed."""
    return {name: value for name, value in record.facts.items() if name == _MAKER}


def runs_for(record: DefinitionRecord) -> Caller:
    """Whom the executions of a trigger run for: its project, without any role; expressions see who made it."""
    return Caller(record.project_id, security=SecurityContext.of(record.facts.get(_MAKER)))


class Triggers:
    """What there is to see of triggers of one kind."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def trigger(self, caller: Caller, identifier: str) -> DefinitionRecord:
        """The one of this id, or name if its kind has any. Raises `NotFound`."""
        return self._shelf.found(caller, identifier)

    def triggers(self, caller: Caller) -> list[DefinitionRecord]:
        """Every one that the caller can see."""
        return self._shelf.seen_by(caller)

    def given(self, ref: str) -> Given:
        """What the executions get."""
        return Given.of(self._shelf.body(ref))

    def given_of(self, refs: Collection[str]) -> dict[str, Given]:
        """The same of several triggers."""
        return {ref: Given.of(body) for ref, body in self._shelf.bodies(refs).items()}


def _object(plain: Json) -> JsonDict:
    return plain if isinstance(plain, dict) else {}
