"""YAML text to values within bounds, without anchors: the only place where PyYAML reads.

Mistral reads YAML 1.1 with anchors and aliases switched off: `&` and `*` are ordinary characters. The fast loader
cannot do that, so it is used for texts in which no anchor, alias or error shows; all others are left to the slow one,
whose error texts are the ones that clients know.
"""

from __future__ import annotations

from typing import Any

import yaml

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 250_000
MAX_NUMBER = 400
"""Characters of a number; longer ones take more than linear time to read."""
_INDICATORS = "&*@"


class Refused(ValueError):
    """A bound is exceeded."""


class _SlowLoader(yaml.SafeLoader):
    """YAML without anchors and aliases; a scalar may begin with `&`, `*` or `@`."""

    def fetch_alias(self) -> Any:
        return self.fetch_plain()

    def fetch_anchor(self) -> Any:
        return self.fetch_plain()

    def check_plain(self) -> bool:
        return self.peek() in _INDICATORS or bool(super().check_plain())


_FastLoader: type[Any] = type("_FastLoader", (getattr(yaml, "CSafeLoader", _SlowLoader),), {})
"""The loader in C, where PyYAML has it."""


def _number(loader: Any, node: yaml.ScalarNode) -> object:
    if len(node.value) > MAX_NUMBER:
        raise Refused(f"a number of {len(node.value)} characters is too long")
    kind = "int" if node.tag.endswith(":int") else "float"
    return getattr(loader, f"construct_yaml_{kind}")(node)


for _loader in (_SlowLoader, _FastLoader):
    for _kind in ("int", "float"):
        _loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _number)


def load(text: str) -> object:
    """The value of a text with one document.

    Raises `yaml.YAMLError` for what is no YAML, `Refused` for what breaks a bound, and `ValueError`, `TypeError`,
    `AttributeError` or `LookupError` for values that do not fit their tags.
    """
    loader = loader_for(text)
    try:
        return yaml.load(text, Loader=loader)
    except yaml.YAMLError:
        return yaml.load(text, Loader=_SlowLoader)  # for its error text


def loader_for(text: str) -> type[Any]:
    """The fast loader if it reads this text as the slow one would. Raises where `text` breaks a bound or is no YAML."""
    if len(text.encode()) > MAX_BYTES:
        raise Refused(f"the text is longer than {MAX_BYTES} bytes")
    try:
        if not _survey(text, _FastLoader):
            return _FastLoader
    except yaml.YAMLError:
        pass
    _survey(text, _SlowLoader)
    return _SlowLoader


def _survey(text: str, loader: type[Any]) -> bool:
    """Whether anchors or aliases are seen. Raises `Refused` if the document is too deep or has too many nodes."""
    depth = nodes = 0
    anchored = False
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        nodes += isinstance(event, yaml.NodeEvent)
        anchored = anchored or getattr(event, "anchor", None) is not None
        if depth > MAX_DEPTH:
            raise Refused(f"more than {MAX_DEPTH} levels of nesting")
        if nodes > MAX_NODES:
            raise Refused(f"more than {MAX_NODES} values")
    return anchored
