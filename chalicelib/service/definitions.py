"""Use cases of workflow definitions: find, create, update, remove.

What a workflow says is in immutable versions of its text; executions are pinned to one. What it is called, whose it is
and which version is current is in its record.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.lang import check_name, parse_actions, parse_workbook, parse_workflows, workflow_spec
from chalicelib.core.lang.spec import Definition, Required, WorkflowSpec
from chalicelib.errors import DefinitionError, Duplicate, Forbidden, InvalidRequest, NotFound
from chalicelib.ports import (
    Clock,
    DefinitionChange,
    DefinitionExists,
    DefinitionRecord,
    DefinitionStore,
    DefinitionText,
)
from chalicelib.service.caller import Caller

WorkflowRecord: TypeAlias = DefinitionRecord

WORKFLOW = "workflow"
PRIVATE, PUBLIC = "private", "public"
MAX_CACHED = 256
PARSERS: Mapping[str, Callable[[str], object]] = {
    "workflows": parse_workflows,
    "actions": parse_actions,
    "workbook": parse_workbook,
}
MAX_NAME = 255


def random_id() -> str:
    """The id of a new definition."""
    return str(uuid.uuid4())


class Definitions:
    """Workflow definitions of every project."""

    def __init__(self, store: DefinitionStore, clock: Clock, new_id: Callable[[], str] = random_id) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._specs: dict[str, WorkflowSpec] = {}

    def find_workflow(self, project_id: str, identifier: str, namespace: str) -> WorkflowRecord:
        """The workflow that a project means by an id or a name: its own one first, then a public one."""
        found = self._find(Caller(project_id), identifier, namespace)
        if found is None:
            raise _unknown(identifier, namespace)
        return found

    def workflow(self, caller: Caller, identifier: str, namespace: str) -> WorkflowRecord:
        """As `find_workflow`, but admins find everything."""
        found = self._find(caller, identifier, namespace)
        if found is None:
            raise _unknown(identifier, namespace)
        return found

    def workflows(self, caller: Caller) -> list[WorkflowRecord]:
        """Every workflow the caller can see."""
        own = self._store.owned(WORKFLOW, caller.project_id)
        others = self._store.everywhere(WORKFLOW) if caller.is_admin else self._store.public(WORKFLOW)
        return list({record.id: record for record in (*others, *own)}.values())

    def spec(self, ref: str) -> WorkflowSpec:
        """The spec of a version; kept in this process, as versions never change."""
        spec = self._specs.get(ref)
        if spec is None:
            spec = workflow_spec(self._store.text(ref).body)
            while len(self._specs) >= MAX_CACHED:
                self._specs.pop(next(iter(self._specs)))
            self._specs[ref] = spec
        return spec

    def text(self, ref: str) -> str:
        """The text of a version, as it was sent."""
        return self._store.text(ref).text

    def texts(self, refs: Collection[str]) -> dict[str, str]:
        """The texts of several versions."""
        return {ref: found.text for ref, found in self._store.texts(refs).items()}

    def create_workflows(self, caller: Caller, text: str, namespace: str, scope: str) -> list[WorkflowRecord]:
        """Store every workflow of a document, or none. Raises `Duplicate` if a name is taken."""
        check_scope(caller, scope)
        definitions = _parse(text, namespace)
        for found in definitions:  # the store refuses too, but only after every text was written
            if self._store.by_name(WORKFLOW, caller.project_id, namespace, found.spec.name):
                raise _taken(found.spec.name, namespace, caller.project_id)
        records = [self._new(caller, found, namespace, scope) for found in definitions]
        self._write([DefinitionChange(None, record) for record in records])
        return records

    def update_workflows(self, caller: Caller, text: str, namespace: str, scope: str) -> list[WorkflowRecord]:
        """Give the workflows that a document names their new text; all or none."""
        check_scope(caller, scope)
        definitions = _parse(text, namespace)
        current = [self._changeable(caller, found.spec.name, namespace) for found in definitions]
        return self._update(
            [(old, self._changed(old, found, scope)) for old, found in zip(current, definitions, strict=True)]
        )

    def update_workflow(self, caller: Caller, identifier: str, text: str, namespace: str, scope: str) -> WorkflowRecord:
        """Give one workflow a new text and perhaps a new name; it stays in its namespace."""
        check_scope(caller, scope)
        definitions = _parse(text, namespace)
        if len(definitions) > 1:
            raise InvalidRequest(
                f"More than one workflows are not supported for update with identifier. [identifier: {identifier}]"
            )
        old = self._changeable(caller, identifier, namespace)
        return self._update([(old, self._changed(old, definitions[0], scope))])[0]

    def delete_workflow(self, caller: Caller, identifier: str, namespace: str) -> None:
        """Forget a workflow; executions of it go on."""
        self._store.write([DefinitionChange(self._changeable(caller, identifier, namespace), None)])

    def _find(self, caller: Caller, identifier: str, namespace: str) -> WorkflowRecord | None:
        if (as_id := _as_id(identifier)) is not None:
            found = self._store.by_id(WORKFLOW, as_id)
            return found if found and _visible(caller, found) else None
        own = self._store.by_name(WORKFLOW, caller.project_id, namespace, identifier)
        if own:
            return own
        others = self._store.public(WORKFLOW, namespace, identifier)
        if not others and caller.is_admin:
            others = self._store.everywhere(WORKFLOW, namespace, identifier)
        return others[0] if others else None

    def _changeable(self, caller: Caller, identifier: str, namespace: str) -> WorkflowRecord:
        found = self.workflow(caller, identifier, namespace)
        if found.project_id != caller.project_id and not caller.is_admin:
            raise Forbidden(f"Workflow {identifier} belongs to another project")
        return found

    def _new(self, caller: Caller, found: Definition, namespace: str, scope: str) -> WorkflowRecord:
        identifier = self._new_id()
        return DefinitionRecord(
            kind=WORKFLOW,
            id=identifier,
            project_id=caller.project_id,
            namespace=namespace,
            name=found.spec.name,
            scope=scope,
            version=1,
            ref=self._store.save_text(identifier, DefinitionText(found.text, found.spec.body)),
            tags=found.spec.tags,
            checksum=_checksum(found.text),
            created_at=self._clock.now(),
            facts=_facts(found),
        )

    def _changed(self, old: WorkflowRecord, found: Definition, scope: str) -> WorkflowRecord:
        """`old` with a new text; `old` itself if that changes nothing."""
        changed = replace(
            old,
            name=found.spec.name,
            scope=scope,
            ref=self._store.save_text(old.id, DefinitionText(found.text, found.spec.body)),
            tags=found.spec.tags,
            checksum=_checksum(found.text),
            facts=_facts(found),
        )
        if changed == old:
            return old
        return replace(changed, version=old.version + 1, updated_at=self._clock.now())

    def _update(self, changes: Sequence[tuple[WorkflowRecord, WorkflowRecord]]) -> list[WorkflowRecord]:
        self._write([DefinitionChange(old, new) for old, new in changes if old is not new])
        return [new for _, new in changes]

    def _write(self, changes: Sequence[DefinitionChange]) -> None:
        try:
            self._store.write(changes)
        except DefinitionExists as error:
            raise _taken(error.record.name, error.record.namespace, error.record.project_id) from error


def problem_in(kind: str, text: str) -> str | None:
    """What is wrong with a document of `workflows`, `actions` or a `workbook`, if anything."""
    try:
        PARSERS[kind](text)
    except InvalidRequest as error:
        return error.message
    return None


def check_scope(caller: Caller, scope: str) -> None:
    """Raise unless the caller may store something under `scope`."""
    if scope == PUBLIC and not caller.is_admin:
        raise Forbidden("Operation forbidden (insufficient permissions)")
    if scope not in (PRIVATE, PUBLIC):
        raise InvalidRequest(f"Scope must be one of the following: {{'private', 'public'}}; actual: {scope}")


def _parse(text: str, namespace: str) -> list[Definition]:
    definitions = list(parse_workflows(text))
    for found in definitions:
        name = found.spec.name
        check_name(name)
        if max(len(name), len(namespace)) > MAX_NAME:
            raise DefinitionError(f"Names and namespaces must not exceed {MAX_NAME} characters: '{name}'")
    return definitions


def _facts(found: Definition) -> JsonDict:
    spec = found.spec
    outputs: Mapping[str, Json] | None = spec.output if isinstance(spec, WorkflowSpec) else None
    return {
        "input": ", ".join(
            parameter.name if isinstance(parameter.default, Required) else f'{parameter.name}="{parameter.default}"'
            for parameter in spec.parameters
        ),
        "interface": {"input": spec.body.get("input", []), "output": list(outputs or {})},
    }


def _checksum(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _visible(caller: Caller, record: WorkflowRecord) -> bool:
    return caller.is_admin or record.project_id == caller.project_id or record.scope == PUBLIC


def _as_id(identifier: str) -> str | None:
    """The id an identifier spells; names never look like one."""
    try:
        return str(uuid.UUID(identifier))
    except ValueError:
        return None


def _unknown(identifier: str, namespace: str) -> NotFound:
    return NotFound(f"Workflow not found [workflow_identifier={identifier}, namespace={namespace}]")


def _taken(name: str, namespace: str, project_id: str) -> Duplicate:
    return Duplicate(
        f"Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: {name}, {namespace}, {project_id}"
    )
