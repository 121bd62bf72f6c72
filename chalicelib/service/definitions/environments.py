"""Use cases of stored environments: variables under a name, which executions start with.

An execution keeps its own copy, so an environment may be changed or removed at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import InvalidRequest
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import DefinitionRecord, DefinitionStore
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.kinds import ENVIRONMENT
from chalicelib.service.definitions.repository import (
    ALWAYS,
    PRIVATE,
    Condition,
    Content,
    Shelf,
    check_given_scope,
    random_id,
)

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class EnvironmentChange:
    """What a request says of an environment; `None` where it says nothing."""

    description: str | None = None
    variables: JsonDict | None = None
    scope: str | None = None
    emptied: frozenset[str] = frozenset()
    """Which of `description` and `variables` it says that there are none of."""


class Environments:
    """Environments of every project. Admins list all of them, but have no say in those of others."""

    def __init__(self, store: DefinitionStore, clock: Clock, new_id: Callable[[], str] = random_id) -> None:
        self._shelf = Shelf(ENVIRONMENT, store, clock, new_id)

    def environment(self, caller: Caller, name: str) -> DefinitionRecord:
        """The environment of this name. Raises `NotFound`."""
        found = self._shelf.named(Caller(caller.project_id), name, "")
        if found is None:
            raise ENVIRONMENT.missing(name, "")
        return found

    def environments(self, caller: Caller) -> list[DefinitionRecord]:
        """Every environment the caller can see."""
        return self._shelf.seen_by(caller)

    def variables(self, ref: str) -> JsonDict | None:
        """The variables of a version; `None` if none were ever given."""
        return _variables(self._shelf.body(ref))

    def variables_of(self, refs: Collection[str]) -> dict[str, JsonDict | None]:
        """The variables of several versions."""
        return {ref: _variables(body) for ref, body in self._shelf.bodies(refs).items()}

    def named(self, project_id: str, name: str) -> JsonDict:
        """The variables that a project means by a name. Raises `InvalidRequest` if there is no such environment."""
        found = self._shelf.named(Caller(project_id), name, "")
        if found is None:
            raise InvalidRequest(f"Environment is not found: {name}")
        return self.variables(found.ref) or {}

    def create(self, caller: Caller, name: str, given: EnvironmentChange) -> DefinitionRecord:
        """Store a new environment. Raises `Duplicate` if the name is taken."""
        if len(name) > MAX_NAME:
            raise InvalidRequest(f"The name of an environment must not exceed {MAX_NAME} characters")
        check_given_scope(given.scope)
        content = _content(name, given.description, given.variables)
        return self._shelf.add(caller.project_id, [content], "", given.scope or PRIVATE)[0]

    def update(
        self, caller: Caller, name: str, given: EnvironmentChange, condition: Condition = ALWAYS
    ) -> DefinitionRecord:
        """Change what is given; variables are replaced as a whole. Raises `NotFound`."""
        check_given_scope(given.scope)
        old = self._shelf.changeable(Caller(caller.project_id), name, "", condition)
        description: object = given.description
        variables = given.variables
        if description is None and "description" not in given.emptied:
            description = old.facts["description"]
        if variables is None and "variables" not in given.emptied:
            variables = self.variables(old.ref)
        content = _content(name, description, variables)
        return self._shelf.renew([(old, content)], given.scope or old.scope, condition)[0]

    def delete(self, caller: Caller, name: str, condition: Condition = ALWAYS) -> None:
        """Forget an environment."""
        self._shelf.remove(self._shelf.changeable(Caller(caller.project_id), name, "", condition), condition)


def _content(name: str, description: object, variables: JsonDict | None) -> Content:
    shown = None if description is None else str(description)
    return Content(name, "", {"variables": variables}, facts={"description": shown})


def _variables(body: JsonDict) -> JsonDict | None:
    found = body["variables"]
    return found if isinstance(found, dict) else None
