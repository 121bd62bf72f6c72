"""Short ways to write documents and to look at what became of them."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.core.language import parse_actions, parse_workflows
from chalicelib.core.language.spec import ActionSpec, TaskSpec, WorkflowSpec
from chalicelib.errors import DefinitionError, ExpressionError


def document(body: str, name: str = "w") -> str:
    """A list document with one member, its body given in flow style."""
    return f"version: '2.0'\n{name}: {body}\n"


def of_tasks(tasks: str, rest: str = "") -> str:
    """A workflow document: tasks as lines `name: {…}`, further workflow keys as lines."""
    lines = ["version: '2.0'", "w:", *(f"  {line}" for line in rest.splitlines()), "  tasks:"]
    return "\n".join([*lines, *(f"    {line}" for line in tasks.splitlines())]) + "\n"


def of_values(workflow: dict[str, Any]) -> str:
    """A workflow document from values."""
    return json.dumps({"version": "2.0", "w": workflow})


def workflow(text: str) -> WorkflowSpec:
    """The only workflow of a document."""
    (definition,) = parse_workflows(text)
    assert isinstance(definition.spec, WorkflowSpec)
    return definition.spec


def action(text: str) -> ActionSpec:
    """The only ad-hoc action of a document."""
    (definition,) = parse_actions(text)
    assert isinstance(definition.spec, ActionSpec)
    return definition.spec


def task(body: dict[str, Any], **rest: Any) -> TaskSpec:
    """The task `t` of a workflow with the tasks `t`, `u` and `v`; `rest` are workflow keys with `_` for `-`."""
    keys = {key.replace("_", "-"): value for key, value in rest.items()}
    tasks = {"t": body, "u": {"action": "std.noop"}, "v": {"action": "std.noop"}, "first": {"on-success": "t"}}
    if keys.get("type") == "reverse":
        del tasks["first"]
    return workflow(of_values({**keys, "tasks": tasks})).tasks["t"]


def refusal(text: str, read: Any = parse_workflows) -> str:
    """The whole message with which a text is refused, or an empty string."""
    try:
        read(text)
    except (DefinitionError, ExpressionError) as error:
        return error.message
    return ""


def first_line(message: str) -> str:
    """The part of a message that clients may rely on."""
    return message.split("\n")[0]
