"""House rules that a reader would have to check by hand."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest

from chalicelib.settings.service import Settings
from local.options import Options
from tests.architecture.source_tree import ROOT, Module, modules

LONGEST_FILE = 400
PATCHING = frozenset({"monkeypatch", "mocker", "patch"})
"""Tests pass fakes in; they do not reach into the code."""
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"})

EVERYTHING = modules("chalicelib", "app.py", "infra", "local", "ops", "tests", "bench", "worker/src")
TESTS = modules("tests")


def by_name(module: Module) -> str:
    return module.name


@pytest.mark.parametrize("module", EVERYTHING, ids=by_name)
def test_file_is_short_and_its_name_says_something(module: Module) -> None:
    lines = module.text.count("\n")
    assert lines <= LONGEST_FILE
    assert module.path.stem not in VAGUE_NAMES


@pytest.mark.parametrize("module", TESTS, ids=by_name)
def test_no_test_patches_the_code(module: Module) -> None:
    imported = {one.name for one in module.imports if one.name.startswith("unittest.mock")}
    assert not imported
    names = {node.arg for node in ast.walk(module.tree) if isinstance(node, ast.arg)}
    assert not names & PATCHING


class Asked(Mapping[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize("options", [Settings, Options])
def test_every_environment_variable_is_documented(options: type[Settings | Options]) -> None:
    asked = Asked()
    options.from_env(asked)
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    assert asked.names
    assert not {name for name in asked.names if f"`{name}`" not in page}


def test_only_settings_and_wiring_look_at_the_environment() -> None:
    lookers = {
        module.name
        for module in modules("chalicelib")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert lookers <= {"chalicelib.settings.service", "chalicelib.bootstrap.container"}


@pytest.mark.xdist_group("house")
def test_groups_of_tests_stay_together(request: pytest.FixtureRequest) -> None:
    """Releases of pytest and pytest-xdist that do not fit each other say nothing, and groups fall apart."""
    grouped = bool(request.config.getoption("loadgroup", False))
    assert request.node.nodeid.endswith("@house") is grouped
