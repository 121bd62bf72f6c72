"""Use cases of dynamic actions: classes in code sources that are actions (API rules §7.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.errors import InvalidRequest
from chalicelib.ports import Clock, DefinitionRecord, DefinitionStore
from chalicelib.service.caller import Caller
from chalicelib.service.definitions_content import MAX_NAME
from chalicelib.service.definitions_kinds import CODE_SOURCE, DYNAMIC_ACTION
from chalicelib.service.definitions_shelf import PRIVATE, Content, Shelf, check_given_scope, random_id


@dataclass(frozen=True, slots=True)
class DynamicRequest:
    """What a request says of a dynamic action; `None` where it says nothing. `source` is an id or a name."""

    class_name: str | None = None
    source: str | None = None
    namespace: str = ""
    scope: str | None = None


class DynamicActions:
    """Dynamic actions of every project."""

    def __init__(self, store: DefinitionStore, clock: Clock, new_id: Callable[[], str] = random_id) -> None:
        self._shelf = Shelf(DYNAMIC_ACTION, store, clock, new_id)
        self._sources = Shelf(CODE_SOURCE, store, clock, new_id)

    def action(self, caller: Caller, identifier: str, namespace: str) -> DefinitionRecord:
        """The dynamic action of this id or name. Raises `NotFound`."""
        return self._shelf.found(caller, identifier, namespace)

    def actions(self, caller: Caller) -> list[DefinitionRecord]:
        """Every dynamic action the caller can see."""
        return self._shelf.seen_by(caller)

    def create(self, caller: Caller, name: str, request: DynamicRequest) -> DefinitionRecord:
        """Store a new one. Raises `InvalidRequest`, `NotFound`, `Duplicate`."""
        check_given_scope(request.scope)
        if not request.source:
            raise InvalidRequest("Either 'code_source_id' or 'code_source_name' must be provided.")
        if not request.class_name:
            raise InvalidRequest("The 'class_name' of the dynamic action is not provided.")
        source = self._sources.found(caller, request.source, request.namespace)
        content = _content(name, request.namespace, request.class_name, source.id, source.name)
        return self._shelf.add(caller.project_id, [content], request.namespace, request.scope or PRIVATE)[0]

    def update(self, caller: Caller, identifier: str, request: DynamicRequest) -> DefinitionRecord:
        """Change what is given of the one of this id or name; its name stays. Raises as `create`."""
        check_given_scope(request.scope)
        old = self._shelf.changeable(caller, identifier, request.namespace)
        source_id, source_name = old.uses, str(old.facts["code_source"])
        if request.source:
            source = self._sources.found(caller, request.source, old.namespace)
            source_id, source_name = source.id, source.name
        class_name = request.class_name or str(old.facts["class"])
        content = _content(old.name, old.namespace, class_name, source_id, source_name)
        return self._shelf.renew([(old, content)], request.scope or old.scope)[0]

    def delete(self, caller: Caller, identifier: str, namespace: str) -> None:
        """Forget one."""
        self._shelf.remove(self._shelf.changeable(caller, identifier, namespace))


def _content(name: str, namespace: str, class_name: str, source_id: str | None, source_name: str) -> Content:
    if not name or max(len(name), len(namespace), len(class_name)) > MAX_NAME:
        raise InvalidRequest(f"A dynamic action needs a name; names must not exceed {MAX_NAME} characters")
    return Content(name, "", {}, facts={"class": class_name, "code_source": source_name}, uses=source_id)
