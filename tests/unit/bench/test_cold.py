"""Functions start quickly enough."""

from __future__ import annotations

import ast
from pathlib import Path

from bench.cold import ROOT, USED, started

MOST_MODULES = 850
"""That are loaded until the first call can be answered; a large library that is not needed yet would show."""


def test_all_functions_are_started() -> None:
    tree = ast.parse((ROOT / "app.py").read_text())
    declared = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list}
    assert declared | {"api"} == set(USED)


def test_a_function_loads_what_it_needs(tmp_path: Path) -> None:
    """All load the same modules; how long that takes is measured by `bench.cold`."""
    assert started("api", str(tmp_path), bytecode=True).modules < MOST_MODULES
