"""Data as Jinja sees it, and what it says of names that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import StrictUndefined

from chalicelib.core.jsontext import Json


class View(Mapping[str, Json]):
    """The `_` of an expression; shows the data and nothing else of the object that holds it."""

    def __init__(self, data: Mapping[str, Json]) -> None:
        self._data = data

    def __getitem__(self, name: str) -> Json:
        return self._data[name]

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return repr(dict(self))


View.__name__ = dict.__name__  # texts of errors name the class of a value


class Missing(StrictUndefined):
    """A name without a value; any use of it is an error."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if isinstance(self._undefined_obj, View) and not self._undefined_hint:
            return f"'_' has no attribute {self._undefined_name!r}"
        return super()._undefined_message
