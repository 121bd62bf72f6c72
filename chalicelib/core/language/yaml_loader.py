"""Loads YAML within bounds, and cuts the source text of one definition out of a document.

How YAML is read is in `core.yaml_text`.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from itertools import takewhile
from typing import Any

import yaml

from chalicelib.core import yaml_text
from chalicelib.core.language import hints
from chalicelib.core.language.rules import Path
from chalicelib.core.yaml_text import Refused
from chalicelib.errors import DefinitionError

_HALVES = re.compile(r"\\u[dD][89a-fA-F]|\\U0000[dD][89a-fA-F]")


_HALF = re.compile("[\ud800-\udfff]")


def load(text: str) -> object:
    """The value of a YAML text with one document; an empty one is an empty mapping. Raises `DefinitionError`."""
    try:
        value = yaml_text.load(text)
        if _HALVES.search(text):
            value = _whole(value)
    except yaml.MarkedYAMLError as error:
        raise _unparsed(error, _hint(text, error)) from None
    except yaml.YAMLError as error:
        raise _unparsed(error) from None
    except (ValueError, OverflowError) as error:
        raise _unparsed(error) from None
    except (TypeError, AttributeError, LookupError):
        raise _unparsed(ValueError("a value does not fit its tag")) from None
    return value or {}


def place(text: str, path: Path, key: str | None = None) -> tuple[int, int] | None:
    """Line and column, from 1, of the value at `path` or of the innermost one that is there; of its `key`, if named."""
    try:
        node: Any = yaml.compose(text, Loader=yaml_text.loader_for(text))
    except (yaml.YAMLError, ValueError):
        return None
    for step in path:
        inner = next((value for key, value in _children(node) if key == step), None)
        if inner is None:
            break
        node = inner
    if key is not None and isinstance(node, yaml.MappingNode):
        node = next((known for known, _ in reversed(node.value) if known.value == key), node)
    return (node.start_mark.line + 1, node.start_mark.column + 1) if node else None


def key_lines(text: str, path: Path) -> dict[str, tuple[int, int]]:
    """Line and column, from 0, of each key that is written in the mapping at `path`."""
    node: Any = yaml.compose(text, Loader=yaml_text.loader_for(text))
    for step in path:
        node = next((value for key, value in _children(node) if key == step), None)
    marks = ((key.value, key.start_mark) for key, _ in (node.value if node else ()))
    return {name: (mark.line, mark.column) for name, mark in marks}


def _children(node: Any) -> Iterator[tuple[str | int, Any]]:
    """Entries of a node by key or number; of equal keys the last comes first, as it is the one that counts."""
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, value) for key, value in reversed(node.value))
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)


def _whole(value: Any) -> Any:
    """A value in which pairs of escaped halves are one character, as JSON writes those above U+FFFF.

    Raises `Refused` for half a character without the other half: such text cannot be stored or sent.
    """
    if isinstance(value, str):
        joined = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        if lone := _HALF.search(joined):
            raise Refused(
                f"\\u{ord(lone.group()):04x} is half a character without the other half: surrogates not allowed"
            )
        return joined
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return type(value)(map(_whole, value))
    return value


def _unparsed(error: Exception, hint: str | None = None) -> DefinitionError:
    told = f"{hint}\n" if hint else ""
    return DefinitionError(f"Definition could not be parsed: {error}\n{told}")


def _hint(text: str, error: yaml.MarkedYAMLError) -> str | None:
    return hints.of_line(text, error.problem_mark.line) if error.problem_mark is not None else None


def plain(value: object) -> Any:
    """The JSON form of a loaded value: dates become ISO text, sets lists, keys strings."""
    if isinstance(value, dict):
        return {key_text(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, set):
        return sorted(map(key_text, value))
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def key_text(key: Hashable) -> str:
    """A key as JSON writes it."""
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    return str(key)


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
