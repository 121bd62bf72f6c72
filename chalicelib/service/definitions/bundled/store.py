"""A `DefinitionStore` of workflows in which those that come with the service are, too, without a read more."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chalicelib.ports.definitions import (
    DefinitionChange,
    DefinitionExists,
    DefinitionRecord,
    DefinitionStore,
    DefinitionText,
)
from chalicelib.service.access.caller import DEFAULT_PROJECT
from chalicelib.service.definitions.bundled import workflows as packaged
from chalicelib.service.definitions.kinds import WORKFLOW


class WithPackaged:
    """`store`, and behind its records the packaged ones, which are public and belong to the default project.

    A stored workflow of the same name hides one of them from its project. Only the default project, whose name is taken
    by them, cannot store one; what it stored before there were packaged ones stays.
    """

    def __init__(self, store: DefinitionStore) -> None:
        self._store = store

    def save_text(self, identifier: str, text: DefinitionText) -> str:
        """As the store."""
        return self._store.save_text(identifier, text)

    def text(self, ref: str) -> DefinitionText:
        """As the store. Raises `NotFound`."""
        return packaged.of_ref(ref) or self._store.text(ref)

    def texts(self, refs: Collection[str]) -> dict[str, DefinitionText]:
        """As the store, which is asked for its own alone."""
        known = {ref: found for ref in refs if (found := packaged.of_ref(ref))}
        stored = set(refs) - set(known)
        return {**known, **(self._store.texts(stored) if stored else {})}

    def by_id(self, kind: str, identifier: str) -> DefinitionRecord | None:
        """As the store."""
        if kind == WORKFLOW.name and identifier in packaged.IDS:
            return packaged.record(packaged.IDS[identifier])
        return self._store.by_id(kind, identifier)

    def by_ids(self, kind: str, identifiers: Collection[str]) -> list[DefinitionRecord]:
        """As the store: what is asked for so is shared, which packaged ones are not."""
        return self._store.by_ids(kind, identifiers)

    def by_name(self, kind: str, project_id: str, namespace: str, name: str) -> DefinitionRecord | None:
        """The project's own record of this name; for the default project a packaged one, if it has stored none."""
        found = self._store.by_name(kind, project_id, namespace, name)
        named = _named(kind, namespace, name) if project_id == DEFAULT_PROJECT else []
        return found or next(iter(named), None)

    def public(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        """As the store, packaged ones last."""
        return [*self._store.public(kind, namespace, name), *_named(kind, namespace, name)]

    def owned(self, kind: str, project_id: str) -> list[DefinitionRecord]:
        """As the store: `public` has the packaged ones for everybody."""
        return self._store.owned(kind, project_id)

    def everywhere(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        """As the store, packaged ones last."""
        return [*self._store.everywhere(kind, namespace, name), *_named(kind, namespace, name)]

    def using(self, kind: str, identifier: str) -> list[DefinitionRecord]:
        """As the store."""
        return self._store.using(kind, identifier)

    def write(self, changes: Sequence[DefinitionChange]) -> None:
        """As the store. Raises `DefinitionExists`, too, for a name that is a packaged one's in the default project."""
        _check_names(changes)
        self._store.write(changes)

    def write_in_parts(self, changes: Sequence[DefinitionChange]) -> None:
        """As the store, and as `write`."""
        _check_names(changes)
        self._store.write_in_parts(changes)


def _check_names(changes: Sequence[DefinitionChange]) -> None:
    """Also a workflow that is renamed takes a name."""
    for before, after in changes:
        if after is None or after.project_id != DEFAULT_PROJECT or (before is not None and before.name == after.name):
            continue
        if _named(after.kind, after.namespace, after.name):
            raise DefinitionExists(after)


def _named(kind: str, namespace: str | None, name: str | None) -> list[DefinitionRecord]:
    """The packaged ones that a store would find so: those of one name and namespace, or every one."""
    if kind != WORKFLOW.name or namespace:
        return []
    wanted = None if name is None else packaged.ALIASES.get(name, name)
    return [packaged.record(one) for one in packaged.TEXTS if wanted in (None, one)]
