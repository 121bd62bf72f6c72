"""Reads the project's Python files for the architecture tests: what each module imports, and from where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
VENDORED = frozenset({ROOT / "tests" / "conformance" / "run.py"})


@dataclass(frozen=True)
class Import:
    """One imported module or name, dotted in full."""

    name: str
    line: int
    inside_function: bool
    only_for_types: bool


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        """The file's text."""
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> list[Import]:
        """Everything the file imports."""
        return list(_imports(self.tree, inside_function=False, only_for_types=False))

    def within(self, *rooms: str) -> bool:
        """Whether the module is one of `rooms` or lies in one of them."""
        return lies_within(self.name, rooms)


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """All modules of `folders` (relative to the project), and `app.py` if that is among them."""
    files = [path for folder in folders for path in _python_files(ROOT / folder)]
    return tuple(Module(_dotted(path), path) for path in files if path not in VENDORED)


def lies_within(name: str, rooms: tuple[str, ...]) -> bool:
    """Whether the dotted `name` is one of `rooms` or lies in one of them."""
    return any(name == room or name.startswith(room + ".") for room in rooms)


def _python_files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(node: ast.AST, inside_function: bool, only_for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            for name in _imported_names(child):
                yield Import(name, child.lineno, inside_function, only_for_types)
        in_function = inside_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _imports(child, in_function, only_for_types or _is_type_checking(child))


def _imported_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
