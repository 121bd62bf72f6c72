"""Ports of large values: a content-addressed store, and resolution of references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from chalicelib.core.jsontext import Json
from chalicelib.core.values import Value


class Blobs(Protocol):
    """Immutable values kept under their content hash."""

    def put(self, digest: str, data: bytes) -> None:
        """Keep `data` under `digest`; keeping it again changes nothing."""
        ...

    def put_many(self, blobs: Mapping[str, bytes]) -> None:
        """Keep all of `blobs` (digest to data), side by side."""
        ...

    def get(self, digest: str) -> bytes:
        """The data kept under `digest`. Raises `NotFound` when there is none."""
        ...


class Values(Protocol):
    """Resolves references to large values."""

    def load(self, value: Value) -> Json:
        """The value itself. Raises `NotFound` if it is gone."""
        ...
