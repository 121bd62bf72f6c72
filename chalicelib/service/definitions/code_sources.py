"""Code sources, the dynamic actions that run their classes, and signatures of Python classes.

The text is kept as it is, neither read nor run here.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from chalicelib.core.jsontext import Json
from chalicelib.core.language.spec import REQUIRED, Parameter, Required
from chalicelib.errors import InvalidRequest
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import DefinitionChange, DefinitionRecord, DefinitionStore
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.content import MAX_NAME
from chalicelib.service.definitions.kinds import CODE_SOURCE, DYNAMIC_ACTION
from chalicelib.service.definitions.repository import PRIVATE, Content, Shelf, check_given_scope, random_id

MAX_BYTES = 1024 * 1024


class CodeSources:
    """Code sources of every project."""

    def __init__(self, store: DefinitionStore, clock: Clock, new_id: Callable[[], str] = random_id) -> None:
        self._store = store
        self._shelf = Shelf(CODE_SOURCE, store, clock, new_id)

    def source(self, caller: Caller, identifier: str, namespace: str) -> DefinitionRecord:
        """The code source of this id or name. Raises `NotFound`."""
        return self._shelf.found(caller, identifier, namespace)

    def sources(self, caller: Caller) -> list[DefinitionRecord]:
        """Every code source the caller can see."""
        return self._shelf.seen_by(caller)

    def text(self, ref: str) -> str:
        """A version of the text."""
        return self._shelf.text(ref)

    def texts(self, refs: Collection[str]) -> dict[str, str]:
        """The texts of several versions."""
        return self._shelf.texts(refs)

    def create(self, caller: Caller, name: str, text: str, namespace: str, scope: str) -> DefinitionRecord:
        """Store a new one. Raises `InvalidRequest`, `Duplicate`."""
        check_given_scope(scope)
        _check(name, text, namespace)
        return self._shelf.add(caller.project_id, [_content(name, text, 1)], namespace, scope)[0]

    def update(self, caller: Caller, identifier: str, text: str, namespace: str, scope: str) -> DefinitionRecord:
        """Give one a new text and scope; its version counts every upload. Raises `InvalidRequest`, `NotFound`."""
        check_given_scope(scope)
        old = self._shelf.changeable(caller, identifier, namespace)
        _check(old.name, text, old.namespace)
        number = int(str(old.facts["version"])) + 1
        return self._shelf.renew([(old, _content(old.name, text, number))], scope)[0]

    def delete(self, caller: Caller, identifier: str, namespace: str) -> None:
        """Forget one, after the dynamic actions that are made of it: cut short, this can be repeated."""
        found = self._shelf.changeable(caller, identifier, namespace)
        actions = self._shelf.used_by(DYNAMIC_ACTION, found.id)
        self._store.write_in_parts([DefinitionChange(record, None) for record in (*actions, found)])


def _content(name: str, text: str, number: int) -> Content:
    return Content(name, text, {}, facts={"version": number})


def _check(name: str, text: str, namespace: str) -> None:
    if not name or max(len(name), len(namespace)) > MAX_NAME:
        raise InvalidRequest(f"A code source needs a name; names and namespaces must not exceed {MAX_NAME} characters")
    if len(text.encode()) > MAX_BYTES:
        raise InvalidRequest(f"A code source must not be larger than {MAX_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class DynamicRequest:
    """What a request says of a dynamic action; `None` where it says nothing. `source` is an id or a name."""

    class_name: str | None = None
    source: str | None = None
    namespace: str = ""
    scope: str | None = None


class DynamicActions:
    """Dynamic actions of every project."""

    def __init__(self, store: DefinitionStore, clock: Clock, new_id: Callable[[], str] = random_id) -> None:
        self._shelf = Shelf(DYNAMIC_ACTION, store, clock, new_id)
        self._sources = Shelf(CODE_SOURCE, store, clock, new_id)

    def action(self, caller: Caller, identifier: str, namespace: str) -> DefinitionRecord:
        """The dynamic action of this id or name. Raises `NotFound`."""
        return self._shelf.found(caller, identifier, namespace)

    def actions(self, caller: Caller) -> list[DefinitionRecord]:
        """Every dynamic action the caller can see."""
        return self._shelf.seen_by(caller)

    def create(self, caller: Caller, name: str, request: DynamicRequest) -> DefinitionRecord:
        """Store a new one. Raises `InvalidRequest`, `NotFound`, `Duplicate`."""
        check_given_scope(request.scope)
        if not request.source:
            raise InvalidRequest("Either 'code_source_id' or 'code_source_name' must be provided.")
        if not request.class_name:
            raise InvalidRequest("The 'class_name' of the dynamic action is not provided.")
        source = self._sources.found(caller, request.source, request.namespace)
        content = _dynamic_content(name, request.namespace, request.class_name, source.id, source.name)
        return self._shelf.add(caller.project_id, [content], request.namespace, request.scope or PRIVATE)[0]

    def update(self, caller: Caller, identifier: str, request: DynamicRequest) -> DefinitionRecord:
        """Change what is given of the one of this id or name; its name stays. Raises as `create`."""
        check_given_scope(request.scope)
        old = self._shelf.changeable(caller, identifier, request.namespace)
        source_id, source_name = old.uses, str(old.facts["code_source"])
        if request.source:
            source = self._sources.found(caller, request.source, old.namespace)
            source_id, source_name = source.id, source.name
        class_name = request.class_name or str(old.facts["class"])
        content = _dynamic_content(old.name, old.namespace, class_name, source_id, source_name)
        return self._shelf.renew([(old, content)], request.scope or old.scope)[0]

    def delete(self, caller: Caller, identifier: str, namespace: str) -> None:
        """Forget one."""
        self._shelf.remove(self._shelf.changeable(caller, identifier, namespace))


def _dynamic_content(name: str, namespace: str, class_name: str, source_id: str | None, source_name: str) -> Content:
    if not name or max(len(name), len(namespace), len(class_name)) > MAX_NAME:
        raise InvalidRequest(f"A dynamic action needs a name; names must not exceed {MAX_NAME} characters")
    return Content(name, "", {}, facts={"class": class_name, "code_source": source_name}, uses=source_id)


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
