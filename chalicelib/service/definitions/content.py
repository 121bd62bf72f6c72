"""What definitions say: from text to what is stored of it, and from there back to specs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language import check_name, parse_actions, parse_workbook, parse_workflows
from chalicelib.core.language.spec import ActionSpec, Definition, Parameter, Required, WorkflowSpec
from chalicelib.errors import DefinitionError, InvalidRequest
from chalicelib.service.definitions.repository import Content

Spec = TypeVar("Spec")

MAX_CACHED = 256
MAX_NAME = 255
PARSERS: Mapping[str, Callable[[str], object]] = {
    "workflows": parse_workflows,
    "actions": parse_actions,
    "workbook": parse_workbook,
}


class Specs(Generic[Spec]):
    """Specs by version, kept in this process, as versions never change."""

    def __init__(self, read: Callable[[str], Spec]) -> None:
        self._read = read
        self._kept: dict[str, Spec] = {}

    def of(self, ref: str) -> Spec:
        """The spec of a version."""
        spec = self._kept.get(ref)
        if spec is None:
            spec = self._read(ref)
            while len(self._kept) >= MAX_CACHED:
                self._kept.pop(next(iter(self._kept)))
            self._kept[ref] = spec
        return spec


def workflows_in(text: str, namespace: str, checked: bool) -> list[Content]:
    """The workflows of a document. Raises `DefinitionError`."""
    return [workflow_content(found, namespace) for found in parse_workflows(text, checked)]


def actions_in(text: str, namespace: str) -> list[Content]:
    """The ad-hoc actions of a document. Raises `DefinitionError`."""
    return [action_content(found, namespace) for found in parse_actions(text)]


def workflow_content(found: Definition, namespace: str, workbook: str | None = None) -> Content:
    """What is stored of a workflow; one of a workbook says so, and has no checksum."""
    spec = found.spec
    outputs: Mapping[str, Json] | None = spec.output if isinstance(spec, WorkflowSpec) else None
    return _content(
        found,
        namespace,
        workbook,
        {
            "input": ", ".join(
                parameter.name if isinstance(parameter.default, Required) else f'{parameter.name}="{parameter.default}"'
                for parameter in spec.parameters
            ),
            "interface": {"input": spec.body.get("input", []), "output": list(outputs or {})},
        },
        None if workbook else hashlib.md5(found.text.encode(), usedforsecurity=False).hexdigest(),
    )


def action_content(found: Definition, namespace: str, workbook: str | None = None) -> Content:
    """What is stored of an ad-hoc action."""
    spec = found.spec
    facts: JsonDict = {"input": signature(spec), "description": spec.description}
    return _content(found, namespace, workbook, facts)


def signature(spec: WorkflowSpec | ActionSpec) -> str:
    """The declared input as one text: names, with JSON defaults."""
    return shown(spec.parameters)


def shown(parameters: Iterable[Parameter]) -> str:
    """Parameters as one text."""
    return ", ".join(_shown(parameter) for parameter in parameters)


def check_names(name: str, namespace: str) -> None:
    """Raise `DefinitionError` for names that cannot be stored."""
    check_name(name)
    if max(len(name), len(namespace)) > MAX_NAME:
        raise DefinitionError(f"Names and namespaces must not exceed {MAX_NAME} characters: '{name}'")


def problem_in(kind: str, text: str) -> str | None:
    """What is wrong with a document of `workflows`, `actions` or a `workbook`, if anything."""
    try:
        PARSERS[kind](text)
    except InvalidRequest as error:
        return error.message
    return None


def _content(
    found: Definition, namespace: str, workbook: str | None, facts: JsonDict, checksum: str | None = None
) -> Content:
    spec = found.spec
    check_names(spec.name, namespace)
    origin: JsonDict = {"workbook": workbook} if workbook else {}
    return Content(spec.name, found.text, {**spec.body, **origin}, spec.tags, checksum, {**facts, **origin})


def _shown(parameter: Parameter) -> str:
    if isinstance(parameter.default, Required):
        return parameter.name
    return f"{parameter.name}={json.dumps(parameter.default)}"
