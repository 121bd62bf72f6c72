"""Imports point one way; the core is pure. Rooms and rules are those of the architecture page."""

from __future__ import annotations

import ast
import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.source_tree import Module, lies_within, modules

VOCABULARY = (
    "chalicelib.core.ids",
    "chalicelib.core.jsontext",
    "chalicelib.core.model",
    "chalicelib.core.bases",
    "chalicelib.core.items",
    "chalicelib.core.progress",
    "chalicelib.core.security",
    "chalicelib.core.sizes",
    "chalicelib.core.states",
    "chalicelib.core.lang.spec",
    "chalicelib.core.engine.draft",
    "chalicelib.core.engine.effects",
    "chalicelib.core.engine.events",
    "chalicelib.core.engine.world",
    "chalicelib.errors",
)
"""Modules of plain data, and of what the engine asks for, in which any room may speak."""

RUNTIME = modules("chalicelib", "app.py")


def _beginning(prefix: str) -> tuple[str, ...]:
    return tuple(module.name for module in RUNTIME if module.name.startswith(prefix))


PORTS, SETTINGS, WIRING = map(_beginning, ("chalicelib.ports", "chalicelib.settings", "chalicelib.wiring"))

# The first room a module lies in decides; what it may import besides its own room.
RULES: dict[str, tuple[str, ...]] = {
    "chalicelib.errors": (),
    "chalicelib.environment": (),
    **dict.fromkeys(SETTINGS, ("chalicelib.environment", *SETTINGS)),
    "chalicelib.core.lang": (*VOCABULARY, "chalicelib.core.expr"),
    "chalicelib.core.expr": VOCABULARY,
    "chalicelib.core.engine": (*VOCABULARY, "chalicelib.core.expr", "chalicelib.core.lang"),
    "chalicelib.core": VOCABULARY,
    "chalicelib.messaging": VOCABULARY,
    **dict.fromkeys(PORTS, (*VOCABULARY, "chalicelib.ports")),
    "chalicelib.ports": (*VOCABULARY, "chalicelib.messaging.bodies", "chalicelib.ports_lists"),
    "chalicelib.service": ("chalicelib.core", "chalicelib.messaging", *PORTS, "chalicelib.errors"),
    "chalicelib.adapters": (*VOCABULARY, "chalicelib.messaging", *PORTS),
    "chalicelib.actions": (*VOCABULARY, *PORTS),
    # Loaded alone, without wiring: it may know nothing but how to run code.
    "chalicelib.entry.sandbox": (*VOCABULARY, "chalicelib.actions"),
    "chalicelib.entry": (
        *VOCABULARY,
        "chalicelib.messaging",
        "chalicelib.wiring",
        "chalicelib.service",
        *PORTS,
    ),
    **dict.fromkeys(WIRING, ("chalicelib",)),
    "chalicelib.ui": (),
    "app": ("chalicelib.entry", "chalicelib.wiring"),
}

CORE_LIBRARIES = frozenset({"yaml", "yaql", "jinja2", "jsonschema"})
IMPURE_LIBRARIES = frozenset(
    {"io", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "tempfile", "time", "urllib"}
)
IMPURE_CALLS = frozenset({"now", "utcnow", "today", "uuid1", "uuid4"})
"""Methods of datetime, date and the uuid module that read the clock or are random."""

SLOW_TO_LOAD = {
    "chalicelib.wiring_adapters": "boto",
    "chalicelib.wiring_access": "chalicelib.adapters.",
    "chalicelib.actions.doors": "chalicelib.actions.",
}
"""Who may import what when it is first needed."""

CORE = tuple(module for module in RUNTIME if module.within("chalicelib.core"))
EVERYTHING = modules("chalicelib", "app.py", "infra", "local", "tests", "bench")
NAMES = frozenset(module.name for module in EVERYTHING)


def by_name(module: Module) -> str:
    return module.name


def imported_modules(module: Module, at_runtime: bool = False) -> set[str]:
    """The project's own modules that `module` imports; a name taken from a module counts as that module."""
    wanted = [one.name for one in module.imports if not (at_runtime and one.only_for_types)]
    found = {name if name in NAMES else name.rpartition(".")[0] for name in wanted}
    return {name for name in found if name in NAMES}


@pytest.mark.parametrize("module", RUNTIME, ids=by_name)
def test_module_imports_only_what_its_room_may(module: Module) -> None:
    room = next((room for room in RULES if module.within(room)), module.name)
    allowed = RULES.get(room, ())
    foreign = {name for name in imported_modules(module) if not lies_within(name, (room, *allowed))}
    assert not foreign, f"{room} may import {allowed}"


@pytest.mark.parametrize("module", CORE, ids=by_name)
def test_core_imports_no_clock_network_or_environment(module: Module) -> None:
    libraries = {one.name.partition(".")[0] for one in module.imports} - {"chalicelib"}
    assert not libraries & IMPURE_LIBRARIES
    assert not libraries - CORE_LIBRARIES - sys.stdlib_module_names


@pytest.mark.parametrize("module", CORE, ids=by_name)
def test_core_asks_no_clock_and_rolls_no_dice(module: Module) -> None:
    assert not [ast.unparse(node) for node in ast.walk(module.tree) if is_impure_call(node)]


def is_impure_call(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in {"uuid1", "uuid4"}
    owner = ast.unparse(node.func.value).rpartition(".")[2]
    return owner in {"datetime", "date", "uuid"} and node.func.attr in IMPURE_CALLS


@pytest.mark.parametrize("module", RUNTIME, ids=by_name)
def test_imports_stand_at_the_top(module: Module) -> None:
    lazy = SLOW_TO_LOAD.get(module.name, "-")
    inner = [one.name for one in module.imports if one.inside_function]
    assert not [name for name in inner if not name.startswith(lazy)]


@pytest.mark.parametrize("module", modules("worker/src"), ids=by_name)
def test_the_worker_shares_no_code_with_the_service(module: Module) -> None:
    allowed = {"boto3", "botocore", "requests", "meltemi_worker", "mypy_boto3_sqs", *sys.stdlib_module_names}
    assert not {one.name.partition(".")[0] for one in module.imports} - allowed


@pytest.mark.parametrize("module", EVERYTHING, ids=by_name)
def test_nothing_private_of_another_module_is_imported(module: Module) -> None:
    private = [one.name for one in module.imports if one.name.rpartition(".")[2].startswith("_")]
    own = [name for name in private if name.partition(".")[0] in {"chalicelib", "infra", "local", "tests", "bench"}]
    assert not own


def test_there_are_no_cycles() -> None:
    graph = {module.name: imported_modules(module, at_runtime=True) - {module.name} for module in EVERYTHING}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"cycle: {' -> '.join(error.args[1])}")
