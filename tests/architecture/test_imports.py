"""Layers of packages: imports point downwards and never in a circle; the core is pure."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.source_tree import Module, lies_within, modules

Layers = tuple[tuple[str, ...], ...]

LAYERS: dict[str, Layers] = {
    "": (
        ("app",),
        ("chalicelib.entry",),
        ("chalicelib.bootstrap",),
        ("chalicelib.service", "chalicelib.actions", "chalicelib.adapters"),
        ("chalicelib.ports",),
        ("chalicelib.messaging",),
        ("chalicelib.core",),
        ("chalicelib.settings", "chalicelib.errors"),
    ),
    "chalicelib.service": (
        ("workers",),
        ("actions", "triggers"),
        ("executions", "signals"),
        ("runs",),
        ("definitions", "notifications"),
        ("access", "outgoing"),
    ),
    "chalicelib.core": (
        ("engine",),
        ("model",),
        ("ids", "language", "progress", "resolved_action", "with_items"),
        ("event_pattern", "expressions", "values"),
        ("security", "sizes"),
        ("jsontext", "states", "yaml_text"),
    ),
    "chalicelib.core.engine": (
        ("step",),
        ("work_queue",),
        ("task",),
        ("action", "run"),
        ("data",),
        ("sub_executions",),
        ("state",),
    ),
    "chalicelib.entry.api": (("blueprints",), ("openapi",), ("resources",), ("http",)),
}
"""What lies in a package, from the top down: a module imports from lower layers only, not from its neighbours in a
layer. The circles of packages that are not named here are found by `test_packages_are_in_no_circle`."""

SHARED = (
    "chalicelib.core.engine.state",
    "chalicelib.core.event_pattern",
    "chalicelib.core.ids",
    "chalicelib.core.jsontext",
    "chalicelib.core.language.spec",
    "chalicelib.core.model",
    "chalicelib.core.progress",
    "chalicelib.core.resolved_action",
    "chalicelib.core.security",
    "chalicelib.core.sizes",
    "chalicelib.core.states",
    "chalicelib.core.values",
    "chalicelib.core.with_items",
    "chalicelib.errors",
)
"""Plain data, and what the engine asks for: the part of the core that is for everybody."""

# Closer limits than those of the layers; the first package that a module lies in decides.
ONLY: dict[str, tuple[str, ...]] = {
    # Loaded alone, without the composition root: it may know nothing but how to run code.
    "chalicelib.entry.functions.sandbox": (*SHARED, "chalicelib.actions"),
    "chalicelib.entry": (
        *SHARED,
        "chalicelib.bootstrap",
        "chalicelib.service",
        "chalicelib.ports",
        "chalicelib.messaging",
    ),
    "chalicelib.service": ("chalicelib.core", "chalicelib.ports", "chalicelib.messaging", "chalicelib.errors"),
    "chalicelib.adapters": (*SHARED, "chalicelib.ports", "chalicelib.messaging"),
    "chalicelib.actions": (*SHARED, "chalicelib.ports", "chalicelib.messaging"),
    "chalicelib.ports": (*SHARED, "chalicelib.messaging"),
    "chalicelib.messaging": SHARED,
    "app": ("chalicelib.entry", "chalicelib.bootstrap"),
}

CORE_LIBRARIES = frozenset({"yaml", "yaql", "jinja2", "jsonschema"})
IMPURE_LIBRARIES = frozenset(
    {"io", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "tempfile", "time", "urllib"}
)
IMPURE_CALLS = frozenset({"now", "utcnow", "today", "uuid1", "uuid4"})
"""Methods of datetime, date and the uuid module that read the clock or are random."""

SLOW_TO_LOAD = {
    "chalicelib.bootstrap.adapters": "boto",
    "chalicelib.bootstrap.access": "chalicelib.adapters.",
    "chalicelib.actions.gateways": "chalicelib.actions.",
}
"""Who may import what when it is first needed."""

RUNTIME = modules("chalicelib", "app.py")
CORE = tuple(module for module in RUNTIME if module.within("chalicelib.core"))
EVERYTHING = modules("chalicelib", "app.py", "infra", "local", "ops", "tests", "bench")
OURS = frozenset({"chalicelib", "infra", "local", "ops", "tests", "bench"})
NAMES = frozenset(module.name for module in EVERYTHING)
PACKAGES = sorted({module.name.rpartition(".")[0] for module in RUNTIME if "." in module.name})


def by_name(module: Module) -> str:
    return module.name


def imported_modules(module: Module) -> set[str]:
    """The project's own modules that `module` imports, for types too; a name taken from a module counts as that."""
    found = {one.name if one.name in NAMES else one.name.rpartition(".")[0] for one in module.imports}
    return {name for name in found if name in NAMES} - {module.name}


GRAPH = {module.name: imported_modules(module) for module in EVERYTHING}


def member(name: str, package: str) -> str | None:
    """The direct member of `package` that the module `name` is or lies in."""
    inner = name.removeprefix(f"{package}.") if package else name
    if not package or inner == name:
        return None if package else ".".join(name.split(".")[: 2 if name.startswith("chalicelib.") else 1])
    return inner.partition(".")[0]


def arrows(package: str) -> dict[str, set[str]]:
    """Which members of `package` import which others."""
    found: dict[str, set[str]] = defaultdict(set)
    for importer, imported in GRAPH.items():
        source = member(importer, package)
        if source is not None:
            found[source] |= {goal for name in imported if (goal := member(name, package))} - {source}
    return found


def assert_no_circle(graph: Mapping[str, Iterable[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("package", LAYERS)
def test_imports_point_to_lower_layers(package: str) -> None:
    layers = LAYERS[package]
    rank = {name: position for position, layer in enumerate(layers) for name in layer}
    members = {name for name in map(lambda one: member(one.name, package), RUNTIME) if name} - {"chalicelib"}
    assert members == rank.keys(), "each member has its layer"
    upwards = {
        f"{source} -> {goal}"
        for source, goals in arrows(package).items()
        for goal in goals
        if source in rank and rank[goal] <= rank[source]
    }
    assert not upwards


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_in_no_circle(package: str) -> None:
    assert_no_circle(arrows(package))


def test_modules_are_in_no_circle() -> None:
    assert_no_circle(GRAPH)


@pytest.mark.parametrize("module", RUNTIME, ids=by_name)
def test_module_imports_only_what_its_package_may(module: Module) -> None:
    package = next((name for name in ONLY if module.within(name)), None)
    if package is not None:
        allowed = (package, *ONLY[package])
        assert not {name for name in GRAPH[module.name] if not lies_within(name, allowed)}


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
    assert not [name for name in private if name.partition(".")[0] in OURS]


def test_prefixes_are_packages() -> None:
    """`ports_runs.py` beside `ports_values.py` would be the package `ports`."""
    prefixed = defaultdict(set)
    for module in RUNTIME:
        folder, _, name = module.name.rpartition(".")
        prefixed[folder, name.partition("_")[0]].add(name)
    assert not [sorted(names) for names in prefixed.values() if len(names) > 2]
