"""Writes and reads message bodies: the only place that knows how a message looks on the wire.

JSON text is made and read by `core.jsontext`, which keeps numbers and characters that msgspec's own JSON codec refuses
(integers beyond 64 bits, NaN, halves of characters); msgspec converts between that and the structs, and checks types.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from chalicelib.core import jsontext
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import MeltemiError, NewerFormat
from chalicelib.messaging import older_format
from chalicelib.messaging.bodies import AnyBody

FORMAT = 2
"""The newest format of messages: 2 has `kind`; messages without it are of format 1 (`older_format`)."""


_UNQUOTED = re.compile(r"\AInvalid .*(?= - at )", re.DOTALL)
"""What msgspec says of a wrong value quotes it; of wrong types and missing members it says names only."""


class BadMessage(MeltemiError):
    """A message cannot be read. The text quotes none of its values: logs are read by more people than data."""


def encode(body: AnyBody) -> str:
    """The JSON text of a message."""
    return jsontext.dumps(to_plain(body))


def decode(text: str) -> AnyBody:
    """The body that a JSON text holds. Raises `BadMessage`; `NewerFormat` if only later code understands it."""
    try:
        plain = jsontext.loads(text)
    except ValueError as error:
        raise BadMessage(f"A message is no JSON: {error}") from error
    return from_plain(plain)


def to_plain(body: AnyBody) -> JsonDict:
    """The body as JSON data."""
    plain: JsonDict = msgspec.to_builtins(body)
    plain["format"] = FORMAT
    return plain


def from_plain(plain: Any) -> AnyBody:
    """The body that JSON data holds, of this format or an older one. Raises as `decode`."""
    if not isinstance(plain, dict):
        raise BadMessage("A message is no JSON object")
    if is_newer(plain):
        raise NewerFormat("A message has a newer format")
    try:
        current = plain if "kind" in plain else older_format.upgraded(plain)
    except (LookupError, ValueError) as error:
        raise BadMessage("A message without kind is of none of format 1") from error
    try:
        body: AnyBody = msgspec.convert(current, AnyBody)
    except msgspec.ValidationError as error:
        raise BadMessage(_UNQUOTED.sub("Invalid value", str(error))) from error
    return body


def is_newer(plain: JsonDict) -> bool:
    """Whether JSON data is a message in a format that only later code understands."""
    given = plain.get("format", FORMAT)
    return not isinstance(given, int) or given > FORMAT
