"""Values as bytes and back: compact JSON, deflated where that pays.

Keys are short because every kilobyte of a row is billed. A `Value` is written as a list of one (the value) or of two
(hash and size of a blob), so that no value can be mistaken for a reference.

The first byte of a row is its format. A change that the code of an earlier version could not read, or would lose when
it writes the row again, takes another letter: earlier code then leaves the row alone (docs/how-to/upgrading.md).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.core import jsontext
from chalicelib.core.model import Source, SourceKind
from chalicelib.core.values import Blob, TaskKey, Value
from chalicelib.errors import NewerFormat

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DEFLATE_BYTES = 256

Plain = dict[str, Any]


def pack(plain: object) -> bytes:
    """Bytes of a JSON-like value; the first byte is the format, and tells whether they are deflated."""
    data = jsontext.dumps(plain).encode()
    return b"z" + zlib.compress(data, 6) if len(data) > DEFLATE_BYTES else b"j" + data


def unpack(data: bytes) -> Any:
    """The value that was packed. Raises `NewerFormat` for what a later version of this service wrote."""
    match data[:1]:
        case b"z":
            return jsontext.loads(zlib.decompress(data[1:]))
        case b"j":
            return jsontext.loads(data[1:])
        case other:
            raise NewerFormat(f"A row has the unknown format {other!r}: a newer version of the service wrote it")


def value_out(value: Value) -> list[Any]:
    """A value as it is written."""
    return [value.hash, value.size] if isinstance(value, Blob) else [value]


def value_in(plain: list[Any]) -> Value:
    """A value as it was written."""
    return Blob(plain[0], plain[1]) if len(plain) == 2 else plain[0]


def values_out(values: Mapping[str, Value] | None) -> Plain | None:
    """Named values as they are written."""
    return None if values is None else {name: value_out(value) for name, value in values.items()}


def values_in(plain: Plain | None) -> dict[str, Value] | None:
    """Named values as they were written."""
    return None if plain is None else {name: value_in(value) for name, value in plain.items()}


def time_out(moment: datetime | None) -> int | None:
    """Microseconds since 1970."""
    return None if moment is None else (moment - EPOCH) // timedelta(microseconds=1)


def time_in(micros: int | None) -> datetime | None:
    """A moment from microseconds since 1970."""
    return None if micros is None else moment(micros)


def index_out(names: Mapping[str, Source]) -> Plain:
    """A context index as it is written."""
    return {name: _source_out(source) for name, source in names.items()}


def index_in(plain: Plain) -> dict[str, Source]:
    """A context index as it was written."""
    return {name: _source_in(source) for name, source in plain.items()}


def moment(micros: int) -> datetime:
    """A moment that is always there, from microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def _source_out(source: Source) -> list[Any]:
    task = list(source.task) if source.task is not None else None
    return [source.kind[0], source.count, value_out(source.value), task, int(source.mapping)]


_KINDS = {kind[0]: kind for kind in SourceKind}


def _source_in(plain: list[Any]) -> Source:
    kind, count, value, task, mapping = plain
    return Source(_KINDS[kind], count, value_in(value), TaskKey(*task) if task else None, bool(mapping))
