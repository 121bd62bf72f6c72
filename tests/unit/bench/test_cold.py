"""Functions start quickly enough."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bench.cold import ROOT, USED, least

MOST_MS = 600
"""Of processor time, until the first call can be answered."""


def test_all_functions_are_started() -> None:
    tree = ast.parse((ROOT / "app.py").read_text())
    declared = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list}
    assert declared | {"api"} == set(USED)


@pytest.mark.parametrize("function", ["api"])  # all load the same modules
def test_a_function_starts_in_time(function: str, tmp_path: Path) -> None:
    assert least(function, 3, str(tmp_path)).ready < MOST_MS
