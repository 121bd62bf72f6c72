"""Use cases of code sources: Python texts that dynamic actions are made of (API rules §7.2).

The text is kept as it is, neither read nor run here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from chalicelib.errors import InvalidRequest
from chalicelib.ports import Clock, DefinitionChange, DefinitionRecord, DefinitionStore
from chalicelib.service.caller import Caller
from chalicelib.service.definitions_content import MAX_NAME
from chalicelib.service.definitions_kinds import CODE_SOURCE, DYNAMIC_ACTION
from chalicelib.service.definitions_shelf import Content, Shelf, check_given_scope, random_id

MAX_BYTES = 1024 * 1024


class CodeSources:
    """Code sources of every project."""

    def __init__(self, store: DefinitionStore, clock: Clock, new_id: Callable[[], str] = random_id) -> None:
        self._store = store
        self._shelf = Shelf(CODE_SOURCE, store, clock, new_id)

    def source(self, caller: Caller, identifier: str, namespace: str) -> DefinitionRecord:
        """The code source of this id or name. Raises `NotFound`."""
        return self._shelf.found(caller, identifier, namespace)

    def sources(self, caller: Caller) -> list[DefinitionRecord]:
        """Every code source the caller can see."""
        return self._shelf.seen_by(caller)

    def text(self, ref: str) -> str:
        """A version of the text."""
        return self._shelf.text(ref)

    def texts(self, refs: Collection[str]) -> dict[str, str]:
        """The texts of several versions."""
        return self._shelf.texts(refs)

    def create(self, caller: Caller, name: str, text: str, namespace: str, scope: str) -> DefinitionRecord:
        """Store a new one. Raises `InvalidRequest`, `Duplicate`."""
        check_given_scope(scope)
        _check(name, text, namespace)
        return self._shelf.add(caller.project_id, [_content(name, text, 1)], namespace, scope)[0]

    def update(self, caller: Caller, identifier: str, text: str, namespace: str, scope: str) -> DefinitionRecord:
        """Give one a new text and scope; its version counts every upload. Raises `InvalidRequest`, `NotFound`."""
        check_given_scope(scope)
        old = self._shelf.changeable(caller, identifier, namespace)
        _check(old.name, text, old.namespace)
        number = int(str(old.facts["version"])) + 1
        return self._shelf.renew([(old, _content(old.name, text, number))], scope)[0]

    def delete(self, caller: Caller, identifier: str, namespace: str) -> None:
        """Forget one, after the dynamic actions that are made of it: cut short, this can be repeated."""
        found = self._shelf.changeable(caller, identifier, namespace)
        actions = self._shelf.used_by(DYNAMIC_ACTION, found.id)
        self._store.write_in_parts([DefinitionChange(record, None) for record in (*actions, found)])


def _content(name: str, text: str, number: int) -> Content:
    return Content(name, text, {}, facts={"version": number})


def _check(name: str, text: str, namespace: str) -> None:
    if not name or max(len(name), len(namespace)) > MAX_NAME:
        raise InvalidRequest(f"A code source needs a name; names and namespaces must not exceed {MAX_NAME} characters")
    if len(text.encode()) > MAX_BYTES:
        raise InvalidRequest(f"A code source must not be larger than {MAX_BYTES} bytes")
