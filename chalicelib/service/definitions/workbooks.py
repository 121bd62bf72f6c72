"""Use cases of workbooks: a document whose members become workflows and ad-hoc actions called `<workbook>.<member>`.

Saving a workbook makes or renews all of them with it. Members that are no longer in the text stay, and so do all of
them when the workbook is removed. What one transaction cannot hold is written in several, the workbook last: whoever
is told that it failed sends the same request again, and what was made before is then found to be right already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from chalicelib.core.language import parse_workbook
from chalicelib.core.language.spec import WorkbookSpec
from chalicelib.errors import LostRace, NotFound, Overtaken
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import DefinitionChange, DefinitionExists, DefinitionRecord, DefinitionStore
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.content import action_content, check_names, workflow_content
from chalicelib.service.definitions.kinds import ACTION, WORKBOOK, WORKFLOW
from chalicelib.service.definitions.repository import ALWAYS, Condition, Content, Shelf, check_scope, random_id


class Workbooks:
    """Workbooks of every project."""

    def __init__(self, store: DefinitionStore, clock: Clock, new_id: Callable[[], str] = random_id) -> None:
        self._store = store
        self._shelf = Shelf(WORKBOOK, store, clock, new_id)
        self._workflows = Shelf(WORKFLOW, store, clock, new_id)
        self._actions = Shelf(ACTION, store, clock, new_id)

    def workbook(self, caller: Caller, name: str, namespace: str) -> DefinitionRecord:
        """The workbook of this name. Raises `NotFound`."""
        found = self._shelf.named(caller, name, namespace)
        if found is None:
            raise WORKBOOK.missing(name, namespace)
        return found

    def workbooks(self, caller: Caller) -> list[DefinitionRecord]:
        """Every workbook the caller can see."""
        return self._shelf.seen_by(caller)

    def text(self, ref: str) -> str:
        """The text of a version, as it was sent."""
        return self._shelf.text(ref)

    def texts(self, refs: Collection[str]) -> dict[str, str]:
        """The texts of several versions."""
        return self._shelf.texts(refs)

    def create(self, caller: Caller, text: str, namespace: str, scope: str, checked: bool = True) -> DefinitionRecord:
        """Store a new workbook with its members. Raises `Duplicate` if its name is taken; members may exist.

        Not `checked`, here as below: the text is not validated, as far as that can be left out.
        """
        check_scope(scope)
        spec = _parsed(text, namespace, checked)
        if self._shelf.own(caller.project_id, spec.name, namespace):
            raise WORKBOOK.taken(spec.name, namespace, caller.project_id)
        return self._save(None, caller.project_id, spec, text, namespace, scope)

    def update(
        self,
        caller: Caller,
        text: str,
        namespace: str,
        scope: str,
        condition: Condition = ALWAYS,
        checked: bool = True,
    ) -> DefinitionRecord:
        """Give the workbook that the text names its new text, with its members. Raises `NotFound`."""
        check_scope(scope)
        spec = _parsed(text, namespace, checked)
        old = self._shelf.changeable(caller, spec.name, namespace, condition)
        try:
            return self._save(old, old.project_id, spec, text, namespace, scope)
        except LostRace as error:
            raise condition.told(error) from error

    def delete(self, caller: Caller, name: str, namespace: str, condition: Condition = ALWAYS) -> None:
        """Forget a workbook; its members stay. Raises `NotFound`, with another text than the rest as Mistral does."""
        if self._shelf.named(caller, name, namespace) is None:
            raise NotFound(f"Workbook not found [workbook_name={name}, namespace={namespace}]")
        self._shelf.remove(self._shelf.changeable(caller, name, namespace, condition), condition)

    def _save(
        self, old: DefinitionRecord | None, project_id: str, spec: WorkbookSpec, text: str, namespace: str, scope: str
    ) -> DefinitionRecord:
        changes = [
            self._member(shelf, project_id, content, namespace, scope)
            for shelf, content in self._members(spec, namespace)
        ]
        content = Content(spec.name, text, spec.body, spec.tags)
        new = (
            self._shelf.changed(old, content, scope) if old else self._shelf.made(project_id, content, namespace, scope)
        )
        changes.append(DefinitionChange(old, new))
        self._write([change for change in changes if change.before is not change.after])
        return new

    def _members(self, spec: WorkbookSpec, namespace: str) -> Iterator[tuple[Shelf, Content]]:
        for found in spec.actions:
            yield self._actions, action_content(found, namespace, spec.name)
        for found in spec.workflows:
            yield self._workflows, workflow_content(found, namespace, spec.name)

    def _member(self, shelf: Shelf, project_id: str, content: Content, namespace: str, scope: str) -> DefinitionChange:
        """What becomes of a member; the same record before and after if nothing does."""
        old = shelf.own(project_id, content.name, namespace)
        if old is None:
            return DefinitionChange(None, shelf.made(project_id, content, namespace, scope))
        return DefinitionChange(old, shelf.changed(old, content, scope))

    def _write(self, changes: list[DefinitionChange]) -> None:
        try:
            self._store.write_in_parts(changes)
        except DefinitionExists as error:
            record = error.record
            if record.kind == WORKBOOK.name:
                raise WORKBOOK.taken(record.name, record.namespace, record.project_id) from error
            raise Overtaken(f"Somebody else just made {record.name}") from error


def _parsed(text: str, namespace: str, checked: bool) -> WorkbookSpec:
    spec = parse_workbook(text, checked)
    check_names(spec.name, namespace)
    return spec
