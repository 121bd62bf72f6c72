"""Functions start quickly enough."""

from __future__ import annotations

import ast
from pathlib import Path

from bench.cold import ROOT, USED, started

MOST_MS = 600
"""Of processor time, until the first call can be answered."""


def test_all_functions_are_started() -> None:
    tree = ast.parse((ROOT / "app.py").read_text())
    declared = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list}
    assert declared | {"api"} == set(USED)


def test_a_function_starts_in_time(tmp_path: Path) -> None:
    """All load the same modules. One start of several is enough, as other work on this machine slows them down."""
    started("api", str(tmp_path), bytecode=True)
    assert any(started("api", str(tmp_path), bytecode=True).ready < MOST_MS for _ in range(8))
