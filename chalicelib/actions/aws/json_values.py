"""Values on their way to AWS and back: what boto3 wants and answers, as JSON can say it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from chalicelib import errors
from chalicelib.core.jsontext import Json, dumps

MAX_BYTES = 5 * 1024 * 1024
BASE64 = "base64"
"""Bytes that are no text: `{"base64": "…"}`, in inputs as in results."""


class TooLarge(errors.InvalidRequest):
    """AWS answered more than an action may read."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The answer of AWS is too large (limit={limit} bytes).")


def sent(value: Json, shape: Shape | None) -> Any:
    """`value` as boto3 wants it. Raises `InvalidRequest` for base64 that is none."""
    if shape is not None and shape.type_name == "blob" and isinstance(value, dict) and set(value) == {BASE64}:
        return _decoded(value[BASE64])
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: sent(inner, shape.members.get(name)) for name, inner in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [sent(inner, shape.member) for inner in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {name: sent(inner, shape.value) for name, inner in value.items()}
    return value


def secrets(value: Json, shape: Shape | None) -> Iterator[str]:
    """What of `value` must not be shown, according to the model: as it is and as an error would quote it."""
    if shape is None:
        return
    if shape.metadata.get("sensitive"):
        yield str(value)
        yield from texts(value)
    elif isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, inner in value.items():
            yield from secrets(inner, shape.members.get(name))
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for inner in value:
            yield from secrets(inner, shape.member)
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for inner in value.values():
            yield from secrets(inner, shape.value)


def texts(value: Json) -> Iterator[str]:
    """Every text in `value`, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def answered(answer: Mapping[str, Any], limit: int = MAX_BYTES) -> Json:
    """What boto3 answered. Raises `TooLarge`."""
    found = _plain({name: value for name, value in answer.items() if name != "ResponseMetadata"}, limit)
    if len(dumps(found).encode(errors="surrogatepass")) > limit:
        raise TooLarge(limit)
    return found


def _plain(value: Any, limit: int) -> Json:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, bytes | bytearray):
        return _text(bytes(value))
    if isinstance(value, Mapping):
        return {str(name): _plain(inner, limit) for name, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(inner, limit) for inner in value]
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "read"):
        return _text(_read(value, limit))
    return value  # type: ignore[no-any-return]


def _read(body: Any, limit: int) -> bytes:
    try:
        data: bytes = body.read(limit + 1)
    finally:
        body.close()
    if len(data) > limit:
        raise TooLarge(limit)
    return data


def _text(data: bytes) -> Json:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {BASE64: base64.b64encode(data).decode()}


def _decoded(text: Json) -> bytes:
    try:
        if isinstance(text, str):
            return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise errors.InvalidRequest("There is no base64 text under the key 'base64'.")
