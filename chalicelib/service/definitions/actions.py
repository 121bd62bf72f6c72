"""Use cases of action definitions: ad-hoc ones, which are stored, the dynamic and the built-in ones beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.engine.state.interfaces import Dynamic
from chalicelib.core.language import action_spec
from chalicelib.core.language.spec import ActionSpec
from chalicelib.errors import InvalidRequest, NotFound
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import DefinitionRecord, DefinitionStore
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.bundled import actions as bundled_actions
from chalicelib.service.definitions.bundled.actions import Packaged
from chalicelib.service.definitions.code_sources import Parameters, parameters_of
from chalicelib.service.definitions.content import Specs, actions_in, shown, signature
from chalicelib.service.definitions.kinds import ACTION, CODE_SOURCE, DYNAMIC_ACTION
from chalicelib.service.definitions.repository import ALWAYS, PUBLIC, Condition, Shelf, check_scope, random_id

ANYTHING = "**kwargs"
"""How lists show the input of a class that may take anything."""

MAX_KEPT = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEntry:
    """An action as lists show it. A dynamic or built-in one has its name as id, no text and no times."""

    id: str
    name: str
    input: str
    description: str | None = None
    namespace: str = ""
    tags: tuple[str, ...] | None = None
    scope: str | None = None
    project_id: str | None = None
    ref: str | None = None
    """The version of its text."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int | None = None
    """Of its record, if it has one."""


class BuiltIn(Protocol):
    """The built-in actions as lists show them."""

    def find(self, name: str) -> ActionEntry | None:
        """The one of this name."""
        ...

    def all(self) -> Iterable[ActionEntry]:
        """All of them; only lists pay for that."""
        ...


class NoBuiltIn:
    """For definitions alone."""

    def find(self, name: str) -> ActionEntry | None:
        """There is none."""
        return None

    def all(self) -> Iterable[ActionEntry]:
        """There are none."""
        return ()


class ActionDefinitions:
    """Action definitions of every project."""

    def __init__(
        self,
        store: DefinitionStore,
        clock: Clock,
        built_in: BuiltIn | None = None,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        self._shelf = Shelf(ACTION, store, clock, new_id)
        self._dynamic = Shelf(DYNAMIC_ACTION, store, clock, new_id)
        self._sources = Shelf(CODE_SOURCE, store, clock, new_id)
        self._built_in = built_in or NoBuiltIn()
        self._known_parameters: dict[tuple[str, str], Parameters | None] = {}
        self._specs = Specs(lambda ref: action_spec(self._shelf.body(ref)))

    def find(self, project_id: str, name: str, namespace: str) -> DefinitionRecord | None:
        """The stored action that a project means: in the namespace, then in the default one."""
        return self._find(Caller(project_id), name, namespace)

    def dynamic(self, project_id: str, name: str, namespace: str) -> Dynamic | None:
        """The dynamic action that a project means by a name, with its code source as it is now."""
        found = _of_namespace(self._dynamic, Caller(project_id), name, namespace)
        source = self._sources.by_id(found.uses) if found is not None and found.uses else None
        if found is None or source is None:
            return None
        class_name = str(found.facts["class"])
        return Dynamic(source.ref, source.name, class_name, self._parameters(source.ref, class_name))

    def spec(self, ref: str) -> ActionSpec:
        """The spec of a version; kept in this process, as versions never change."""
        known = bundled_actions.of_ref(ref)
        return known.spec if known else self._specs.of(ref)

    def action(self, caller: Caller, name: str, namespace: str) -> ActionEntry:
        """The action of this name: stored, dynamic (each in the namespace, then in the default one), or built in."""
        found = self._find(caller, name, namespace)
        if found is not None:
            return _entry(found)
        dynamic = _of_namespace(self._dynamic, caller, name, namespace)
        if dynamic is not None:
            return self._dynamic_entry(dynamic)
        if name in bundled_actions.actions():
            return _packaged_entry(bundled_actions.actions()[name])
        if provided := self._built_in.find(name):
            return provided
        raise NotFound(f"Action not found [name={name}, namespace={namespace}]")

    def actions(self, caller: Caller) -> list[ActionEntry]:
        """Every action the caller can see, those that come with the service first."""
        dynamic = map(self._dynamic_entry, self._dynamic.seen_by(caller))
        provided = map(_packaged_entry, bundled_actions.actions().values())
        return [*self._built_in.all(), *provided, *dynamic, *map(_entry, self._shelf.seen_by(caller))]

    def text(self, ref: str) -> str:
        """The text that an action was uploaded in."""
        known = bundled_actions.of_ref(ref)
        return known.text if known else self._shelf.text(ref)

    def texts(self, refs: Collection[str]) -> dict[str, str]:
        """The texts of several versions."""
        known = {ref: found.text for ref in refs if (found := bundled_actions.of_ref(ref))}
        return {**known, **self._shelf.texts(set(refs) - set(known))}

    def create(self, caller: Caller, text: str, namespace: str, scope: str) -> list[ActionEntry]:
        """Store every action of a document, or none. Raises `Duplicate` if a name is taken."""
        check_scope(scope)
        contents = actions_in(text, namespace)
        return [_entry(record) for record in self._shelf.add(caller.project_id, contents, namespace, scope)]

    def update(
        self,
        caller: Caller,
        text: str,
        namespace: str,
        scope: str,
        identifier: str | None = None,
        condition: Condition = ALWAYS,
    ) -> list[ActionEntry]:
        """Give the actions that a document names their new text, or the one that `identifier` names; all or none."""
        check_scope(scope)
        contents = actions_in(text, namespace)
        if identifier is not None and len(contents) > 1:
            raise InvalidRequest(
                f"More than one actions are not supported for update with identifier. [identifier: {identifier}]"
            )
        found = [
            (self._shelf.changeable(caller, identifier or content.name, namespace, condition), content)
            for content in contents
        ]
        return [_entry(record) for record in self._shelf.renew(found, scope, condition)]

    def delete(self, caller: Caller, identifier: str, namespace: str, condition: Condition = ALWAYS) -> None:
        """Forget a stored action."""
        self._shelf.remove(self._shelf.changeable(caller, identifier, namespace, condition), condition)

    def _dynamic_entry(self, record: DefinitionRecord) -> ActionEntry:
        source = self._sources.by_id(record.uses) if record.uses else None
        parameters = self._parameters(source.ref, str(record.facts["class"])) if source else None
        return ActionEntry(
            id=record.name,
            name=record.name,
            input=ANYTHING if parameters is None else shown(parameters),
            namespace=record.namespace,
            scope=record.scope,
            project_id=record.project_id,
        )

    def _parameters(self, ref: str, class_name: str) -> Parameters | None:
        """What a class of a version of a code source takes; kept in this process, as versions never change."""
        place = (ref, class_name)
        if place not in self._known_parameters:
            if len(self._known_parameters) >= MAX_KEPT:
                self._known_parameters.clear()
            self._known_parameters[place] = parameters_of(self._sources.text(ref), class_name)
        return self._known_parameters[place]

    def _find(self, caller: Caller, name: str, namespace: str) -> DefinitionRecord | None:
        return _of_namespace(self._shelf, caller, name, namespace)


def _of_namespace(shelf: Shelf, caller: Caller, name: str, namespace: str) -> DefinitionRecord | None:
    found = shelf.named(caller, name, namespace)
    return found or (shelf.named(caller, name, "") if namespace else None)


def _packaged_entry(found: Packaged) -> ActionEntry:
    return ActionEntry(
        id=found.spec.name,
        name=found.spec.name,
        input=signature(found.spec),
        description=None if found.spec.description is None else str(found.spec.description),
        tags=found.spec.tags,
        scope=PUBLIC,
        ref=found.ref,
    )


def _entry(record: DefinitionRecord) -> ActionEntry:
    description = record.facts["description"]
    return ActionEntry(
        id=record.id,
        name=record.name,
        input=str(record.facts["input"]),
        description=None if description is None else str(description),
        namespace=record.namespace,
        tags=record.tags,
        scope=record.scope,
        project_id=record.project_id,
        ref=record.ref,
        created_at=record.created_at,
        updated_at=record.updated_at,
        version=record.version,
    )
