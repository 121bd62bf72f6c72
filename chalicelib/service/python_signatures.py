"""What a class in a Python text takes, told from the text alone: nothing of it is run here."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

from chalicelib.core.jsontext import Json
from chalicelib.core.lang.spec import REQUIRED, Parameter, Required

Parameters = tuple[Parameter, ...]

_ACTION = "Action"
"""The class that actions derive from; it takes nothing."""


def parameters_of(code: str, class_name: str) -> Parameters | None:
    """The parameters of `class_name(…)`; `None` if the text cannot tell: it has no such class, or one that takes
    whatever it is given, or that inherits from elsewhere."""
    try:
        classes = {node.name: node for node in ast.parse(code).body if isinstance(node, ast.ClassDef)}
        return _of_class(classes, class_name, len(classes))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _of_class(classes: dict[str, ast.ClassDef], name: str, depth: int) -> Parameters | None:
    if name not in classes:
        return () if name in (_ACTION, "object") else None
    found = classes[name]
    for node in found.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return _of_function(node.args)
    if not found.bases:
        return ()
    return _of_class(classes, _last_name(found.bases[0]), depth - 1) if depth > 0 else None


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _of_function(args: ast.arguments) -> Parameters | None:
    if args.vararg or args.kwarg:
        return None
    named = [*args.posonlyargs, *args.args]
    missing: list[ast.expr | None] = [None] * (len(named) - len(args.defaults))
    pairs = [*zip(named, [*missing, *args.defaults], strict=True)][1:]
    return tuple(_read([*pairs, *zip(args.kwonlyargs, args.kw_defaults, strict=True)]))


def _read(pairs: list[tuple[ast.arg, ast.expr | None]]) -> Iterator[Parameter]:
    for argument, default in pairs:
        yield Parameter(argument.arg, REQUIRED if default is None else _value(default))


def _value(default: ast.expr) -> Json | Required:
    """A default as it is shown; one that is no literal is null there."""
    try:
        value: Json = json.loads(json.dumps(ast.literal_eval(default)))
    except (ValueError, TypeError):
        return None
    return value
