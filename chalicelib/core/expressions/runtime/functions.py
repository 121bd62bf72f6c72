"""The functions of the language that both YAQL and Jinja know (engine rules §4).

Parameter names are part of the language: Jinja takes them as they are, YAQL in camelCase.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import yaml

from chalicelib.core import yaml_text
from chalicelib.core.expressions.runtime.evaluation import current
from chalicelib.core.expressions.runtime.to_json import to_json, to_native
from chalicelib.core.jsontext import Json


def env() -> Json:
    """The environment of the root execution."""
    return current().asks.env()


def execution() -> Json:
    """The current execution."""
    return current().asks.execution()


def executions(
    id: str | None = None,
    root_execution_id: str | None = None,
    state: str | None = None,
    from_time: str | None = None,
    to_time: str | None = None,
) -> list[Json]:
    """The executions that match every filter given."""
    return current().asks.executions(id, root_execution_id, state, from_time, to_time)


def task(task_name: str | None = None) -> Json:
    """The current task execution, or the latest one of that name."""
    return current().asks.task(task_name)


def tasks(
    workflow_execution_id: str | None = None, recursive: bool = False, state: str | None = None, flat: bool = False
) -> list[Json]:
    """The task executions of one execution, or of the project."""
    return current().asks.tasks(workflow_execution_id, bool(recursive), state, bool(flat))


def global_(var_name: str) -> Json:
    """A global variable, or null."""
    return current().asks.global_variable(var_name)


def uuid() -> str:
    """A fresh UUID."""
    return current().asks.uuid()


def json_parse(data: str) -> Json:
    """The value of a JSON text."""
    value: Json = json.loads(data)
    return value


def json_dump(data: object) -> str:
    """JSON text, indented by four blanks."""
    return json.dumps(to_json(data, current()), indent=4)


def yaml_parse(data: str) -> object:
    """The value of a YAML text, within the bounds of definitions; anchors and aliases are ordinary text."""
    return yaml_text.load(data)


def yaml_dump(data: object) -> str:
    """YAML text in block style."""
    text: str = yaml.dump(to_native(data, current()), Dumper=_PlainDumper, default_flow_style=False)
    return text


class _PlainDumper(yaml.SafeDumper):
    """Writes a value as often as it occurs, as the parser knows no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


FUNCTIONS: dict[str, Callable[..., object]] = {
    "env": env,
    "execution": execution,
    "executions": executions,
    "task": task,
    "tasks": tasks,
    "global": global_,
    "uuid": uuid,
    "json_parse": json_parse,
    "json_dump": json_dump,
    "yaml_parse": yaml_parse,
    "yaml_dump": yaml_dump,
}
