"""Every static check of one member of a document, in the order in which Mistral reports what is wrong (§1.6).

Shape first, then expressions, then the objects inside, then the graph. Paths are relative to the member.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from chalicelib.core.expressions import check_expression
from chalicelib.core.language import schemas
from chalicelib.core.language.build import retry_values
from chalicelib.core.language.errors import Refusal, check_shape
from chalicelib.core.language.rules import Path, show
from chalicelib.core.language.shorthand import guards, is_advanced, items, publication, split_call, targets
from chalicelib.core.language.spec import WorkflowType
from chalicelib.errors import DefinitionError, ExpressionError

MAX_NAME = 255
MAX_JOIN_NAME = 208
_CLAUSES = ("on-complete", "on-success", "on-error", "on-skip")
_SCOPES = ("branch", "global", "atomic")
_POLICIES = ("wait-before", "wait-after", "timeout", "pause-before", "concurrency", "tolerate", "fail-on")
_UUID = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)

Body: TypeAlias = Mapping[Any, Any]


def check_head(body: Any) -> None:
    """Raise `Refusal` unless the body is a workflow of a known `type` whose own keys have the right shape."""
    if not isinstance(body, dict):
        raise Refusal(f"A specification with polymorphic key must be backed by a dictionary [data={show(body)}]")
    if body.get("type", WorkflowType.DIRECT) not in list(WorkflowType):
        raise Refusal(f"Failed to find a specification class to instantiate [data={show(body)}]", ("type",))
    check_shape(schemas.WORKFLOW, body)


def check_workflow(name: str, body: Any) -> None:
    """Raise `Refusal` for what is wrong with a workflow body of a good head (keys injected), its graph aside."""
    _check_values(body, "output", "vars")
    if "task-defaults" in body:
        _check_defaults(body["task-defaults"], ("task-defaults",))
    kind = WorkflowType(body.get("type", WorkflowType.DIRECT))
    for task_name, task in body["tasks"].items():
        if task_name != "version":
            _check_task(task_name, task, kind, ("tasks", task_name))
    if _is_uuid(name):
        raise Refusal("Workflow name cannot be in the format of UUID.")


def check_action(body: Body) -> None:
    """Raise `Refusal` for what is wrong with the body of an ad-hoc action (keys injected)."""
    check_shape(schemas.ADHOC_ACTION, body)
    _check_call(body, "base", ())
    _check_values(body, "base-input")
    if isinstance(body.get("output"), str):
        _check_values(body, "output")


def _check_task(name: str, task: Body, kind: WorkflowType, path: Path) -> None:
    check_shape(schemas.DIRECT_TASK if kind == WorkflowType.DIRECT else schemas.REVERSE_TASK, task, path)
    _check_name(name, task, path)
    _check_call(task, "action" if "action" in task else "workflow", path)
    if isinstance(task.get("input"), str) and _inline(task):
        raise Refusal("A string as 'input' cannot be combined with inline parameters.", (*path, "input"))
    _check_values(task, "input", "publish", "publish-on-error", "publish-on-skip", "keep-result", path=path)
    _check_values(task, "safe-rerun", path=path)
    if "with-items" in task:
        _check_items(task, (*path, "with-items"))
    _check_policies(task, path)
    _check_clauses(task, path)


def _check_name(name: str, task: Body, path: Path) -> None:
    if len(name) > MAX_NAME:
        raise Refusal(f"The length of a '{name}' task name must not exceed {MAX_NAME} symbols", path)
    if task.get("join") and len(name) > MAX_JOIN_NAME:
        raise Refusal(f"The length of a '{name}' join task name must not exceed {MAX_JOIN_NAME} symbols", path)


def _inline(task: Body) -> bool:
    return any(split_call(task[key])[1] for key in ("action", "workflow") if key in task)


def _check_call(body: Body, key: str, path: Path) -> None:
    if key in body:
        inline = _placed((*path, key), split_call, body[key])[1]
        _check_texts(inline, (*path, key))


def _check_items(task: Body, path: Path) -> None:
    for source in _placed(path, items, task["with-items"], task).values():
        _check_texts(source, path)


def _check_defaults(defaults: Body, path: Path) -> None:
    check_shape(schemas.TASK_DEFAULTS, defaults, path)
    _check_values(defaults, "safe-rerun", path=path)
    _check_policies(defaults, path)
    _check_clauses(defaults, path)


def _check_policies(body: Body, path: Path) -> None:
    _check_values(body, *_POLICIES, path=path)
    retry = body.get("retry")
    if isinstance(retry, str):
        retry = _placed((*path, "retry"), retry_values, retry)
        check_shape(schemas.RETRY, retry, (*path, "retry"))
    _check_texts(retry, (*path, "retry"))


def _check_clauses(body: Body, path: Path) -> None:
    for key in _CLAUSES:
        if key in body:
            _check_clause(body[key], (*path, key))


def _check_clause(clause: Any, path: Path) -> None:
    if is_advanced(clause):
        _check_publication(clause, path)
    for at, guard in guards(clause):
        _check_texts(guard, (*path, "next", at) if is_advanced(clause) else (*path, at))
    _placed(path, targets, clause)


def _check_publication(clause: Any, path: Path) -> None:
    if "publish" not in clause:
        return
    inner = (*path, "publish")
    check_shape(schemas.PUBLISH, clause["publish"], inner)
    scopes = publication(clause) or {}
    if not any(scope in scopes for scope in _SCOPES):
        raise Refusal("Either 'branch', 'global' or 'atomic' must be specified: ", inner)
    _check_values(scopes, *_SCOPES, path=inner)


def _check_values(body: Body, *keys: str, path: Path = ()) -> None:
    for key in keys:
        _check_texts(body.get(key), (*path, key))


def _check_texts(value: object, path: Path) -> None:
    """Check the expressions of a string, or of the strings directly inside a mapping or a list."""
    for at, text in _texts(value):
        try:
            check_expression(text)
        except ExpressionError as error:
            raise Refusal(error.message, path + at) from None


def _texts(value: object) -> Iterator[tuple[Path, str]]:
    inside: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield from ([((), value)] if isinstance(value, str) else [])
    yield from (((at,), text) for at, text in inside if isinstance(text, str))


def _placed(path: Path, read: Any, *arguments: object) -> Any:
    """What `read` gives; its `DefinitionError` gets a path."""
    try:
        return read(*arguments)
    except DefinitionError as error:
        raise Refusal(error.message, path) from None


def _is_uuid(name: str) -> bool:
    """Whether `name` is a UUID in any of its spellings: with or without dashes, braces or `urn:uuid:`."""
    return bool(_UUID.fullmatch(name.replace("urn:", "").replace("uuid:", "").strip("{}").replace("-", "")))
