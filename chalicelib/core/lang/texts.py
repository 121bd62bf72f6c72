"""The text that is stored for each member of a document (§9.4, §8)."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

import yaml

from chalicelib.core.lang.load import key_lines

_Dumper: type[Any] = type(
    "_Dumper", (getattr(yaml, "CSafeDumper", yaml.SafeDumper),), {"ignore_aliases": lambda self, data: True}
)
"""Repeats equal objects instead of writing anchors, which could not be read again."""


def document_of(version: object, name: str, member: object) -> str:
    """A document of its own for one member of a list: key order is kept, comments are not."""
    return written({"version": version, name: member})


def written(value: object) -> str:
    """The YAML text of a value."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False))


def members_of(text: str, section: str, members: dict[str, Any]) -> dict[str, str]:
    """The text of each member in a section of a workbook, cut out by indentation with its comments.

    A member that is not in block style cannot be cut out; its text is written anew.
    """
    lines = text.splitlines()
    places = key_lines(text, (section,))
    return {name: _cut(lines, places.get(name), name) or written({name: body}) for name, body in members.items()}


def _cut(lines: list[str], at: tuple[int, int] | None, name: str) -> str | None:
    """The lines of the block whose key is `at` a line and column, or `None` unless the key stands alone there."""
    row, indent = at or (0, 0)
    if lines[row].strip() != f"{name}:" or lines[row][:indent].strip():
        return None
    inside = takewhile(lambda line: _belongs(line, indent), lines[row + 1 :])
    block = "\n".join(_outdented(line, indent) for line in [lines[row], *inside])
    return f"{block.rstrip()}\n"


def _belongs(line: str, indent: int) -> bool:
    bare = line.lstrip(" ")
    return not bare or bare.startswith("#") or len(line) - len(bare) > indent


def _outdented(line: str, indent: int) -> str:
    spaces = len(line) - len(line.lstrip(" "))
    return line[min(spaces, indent) :]
