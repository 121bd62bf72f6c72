"""YAML text to checked, frozen specs: the only entrance for text that users write.

Each function loads the text, checks the document, then each member, and makes its spec. Every refusal is a
`DefinitionError` with Mistral's text; where the place is known, a further line of the message names it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from chalicelib.core.jsontext import JsonDict
from chalicelib.core.language import hints, schemas
from chalicelib.core.language.build import action_spec, check_graph, workflow_spec
from chalicelib.core.language.check import check_action, check_head, check_workflow
from chalicelib.core.language.errors import Refusal, check_shape
from chalicelib.core.language.rules import Path, show
from chalicelib.core.language.spec import ActionSpec, Definition, WorkbookSpec, WorkflowSpec, WorkflowType
from chalicelib.core.language.yaml_loader import document_of, load, members_of, place, plain
from chalicelib.errors import DefinitionError

VERSION = "2.0"
"""What every nested object gets as its version, whatever the document says."""

_Result = TypeVar("_Result")


def parse_workflows(text: str, checked: bool = True) -> tuple[Definition, ...]:
    """The workflows of a list document, in order. Raises `DefinitionError` for the first broken rule.

    Not `checked`: only for what a spec cannot be made of. What else is wrong shows when the workflow runs.
    """
    return _located(text, hints.WORKFLOW, lambda given: _workflows(given, checked), checked)


def parse_actions(text: str) -> tuple[Definition, ...]:
    """The ad-hoc actions of a list document, in order. Raises `DefinitionError` for the first broken rule."""
    return _located(text, hints.ACTION, _actions)


def parse_workbook(text: str, checked: bool = True) -> WorkbookSpec:
    """A workbook; names of its members begin with `<workbook>.`. Raises as `parse_workflows`."""
    return _located(text, hints.WORKBOOK, lambda given: _workbook(given, checked), checked)


def check_name(name: str) -> None:
    """Raise `DefinitionError` unless an object of this name can be created; validation alone does not ask this."""
    if " " in name:
        raise DefinitionError(f"Name '{name}' must not contain spaces")


def _located(text: str, kind: str, read: Callable[[str], _Result], checked: bool = True) -> _Result:
    try:
        return read(text)
    except Refusal as refusal:
        raise DefinitionError(_with_place(refusal, text, kind)) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if checked:
            raise
        raise DefinitionError(f"Nothing can be made of this definition: {type(error).__name__}: {error}") from error


def _with_place(refusal: Refusal, text: str, kind: str) -> str:
    """The message, then what may be meant, if that can be told, then the place."""
    document = load(text)
    hint = hints.of_kind(kind, document) or refusal.hint or hints.of_quotes(document)
    lines = [refusal.message, *([hint] if hint else [])]
    if found := place(text, refusal.path, refusal.key):
        name = ".".join(map(str, refusal.path if refusal.key is None else (*refusal.path, refusal.key)))
        lines.append(f"[line {found[0]}, column {found[1]}{': ' if name else ''}{name}]")
    return "\n".join(lines)


def _workflows(text: str, checked: bool) -> tuple[Definition, ...]:
    document, members = _members(text, checked)
    version = document.get("version", VERSION)
    return tuple(
        Definition(
            _workflow(name, name, body, (name,), checked),
            text if len(members) == 1 else document_of(version, name, body),
        )
        for name, body in members.items()
    )


def _actions(text: str) -> tuple[Definition, ...]:
    _, members = _members(text)
    return tuple(Definition(_action(name, name, body, (name,)), text) for name, body in members.items())


def _members(text: str, checked: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    document: Any = load(text)
    if checked:
        check_shape(schemas.DOCUMENT, document)
    members = {name: body for name, body in document.items() if name != "version"}
    if not members:
        raise DefinitionError(f"At least one item must be in the list [data={show(document)}].")
    return document, members


def _workbook(text: str, checked: bool) -> WorkbookSpec:
    document: Any = load(text)
    _check_workbook_version(document)
    if checked:
        check_shape(schemas.WORKBOOK, document)
    actions = _section(document, "actions", partial(_action, checked=checked))
    workflows = _section(document, "workflows", partial(_workflow, checked=checked))
    return WorkbookSpec(
        name=document["name"],
        body=plain(document),
        workflows=_definitions(text, "workflows", workflows, document),
        actions=_definitions(text, "actions", actions, document),
        tags=tuple(document.get("tags", ())),
        description=document.get("description"),
    )


def _check_workbook_version(document: object) -> None:
    if not isinstance(document, dict) or "version" not in document:
        return
    version = document["version"]
    try:
        supported = float(version) == float(VERSION)
    except (TypeError, ValueError, OverflowError):
        supported = False
    if not supported:
        raise Refusal(
            f"Unsupported DSL version: {show(version) if not isinstance(version, str) else version}", ("version",)
        )


def _section(document: dict[str, Any], section: str, read: Callable[..., _Result]) -> dict[str, _Result]:
    """The specs of a section by the names that the workbook uses."""
    members = {name: body for name, body in document.get(section, {}).items() if name != "version"}
    prefix = document["name"]
    return {name: read(name, f"{prefix}.{name}", body, (section, name)) for name, body in members.items()}


def _definitions(text: str, section: str, specs: dict[str, Any], document: dict[str, Any]) -> tuple[Definition, ...]:
    if not specs:
        return ()
    texts = members_of(text, section, {name: document[section][name] for name in specs})
    return tuple(Definition(spec, texts[name]) for name, spec in specs.items())


def _workflow(name: str, full_name: str, body: Any, path: Path, checked: bool = True) -> WorkflowSpec:
    try:
        body = _with_keys(body, name)
        if checked:
            check_head(body)
        body["tasks"] = {each: _task_with_keys(each, task, body) for each, task in body["tasks"].items()}
        if checked:
            check_workflow(name, body)
        spec = workflow_spec(_stored(body, full_name))
        if checked:
            check_graph(spec)
    except Refusal as refusal:
        raise refusal.under(path) from None
    return spec


def _task_with_keys(name: str, task: Any, workflow: dict[str, Any]) -> Any:
    if not isinstance(task, dict):
        return task
    typed = {**task, "type": workflow.get("type", WorkflowType.DIRECT.value)}
    return typed if name == "version" else _with_keys(typed, name)


def _action(name: str, full_name: str, body: Any, path: Path, checked: bool = True) -> ActionSpec:
    try:
        body = _with_keys(body, name)
        if checked:
            check_action(body)
        return action_spec(_stored(body, full_name))
    except Refusal as refusal:
        raise refusal.under(path) from None


def _with_keys(body: Any, name: str) -> Any:
    """A copy with the injected keys (§1.5); what is no mapping stays as it is, to be refused by its shape."""
    return {**body, "name": name, "version": VERSION} if isinstance(body, dict) else body


def _stored(body: object, name: str) -> JsonDict:
    """What is stored of a member: JSON, under its full name, so that it can be restored from the body alone."""
    stored: JsonDict = plain(body)
    stored["name"] = name
    return stored
