"""The one place where requests are parsed: who asks, the query, and the body as text or as a JSON object.

Rules are those of Mistral's API (API rules §1.2, §1.4): unknown query parameters and unknown members of a body
are refused, XML always is, and JSON bodies have to say that they are JSON.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from chalice.app import Request as ChaliceRequest

from chalicelib.core import jsontext
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import BodyTooLarge, InvalidRequest, UnsupportedMedia
from chalicelib.service.access.authorization import Policy
from chalicelib.service.access.caller import NOBODY, Caller
from chalicelib.service.definitions.repository import ALWAYS, PRIVATE, PUBLIC, Condition

MAX_BODY = 4 * 1024 * 1024
"""Lambda takes 6 MB, which is 4.5 MB of body where the gateway sends it as base64."""

NO_POLICY = Policy({"admin_or_owner": "!", "admin_only": "!"})
"""Of requests that nobody was asked for."""

ANY_VERSION = "*"
"""In `If-Match`: any that there is."""

_JSON_TYPES = frozenset({"application/json", "text/javascript", "application/javascript"})
_FORM_TYPES = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data"})
_FREE_TEXT = frozenset({"description", "state_info"})
"""Members that name nothing: kept as JSON, so that they may hold what UTF-8 cannot write."""
_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})


def flag(name: str, text: str) -> bool:
    """A boolean from words. Raises `InvalidRequest` on others."""
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise _invalid(name, text, f"Value not an unambiguous boolean: {text}")


def whole(name: str, text: str) -> int:
    """A decimal integer. Raises `InvalidRequest`."""
    try:
        return int(text)
    except ValueError as error:
        raise _invalid(name, text, f"unable to convert to int. Error: {error}") from None


def uuid_text(name: str, text: str) -> str:
    """`text` as a UUID in the usual form. Raises `InvalidRequest`."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise _invalid(name, text, f"unable to convert to uuid. Error: Expected a uuid but received {text}.") from None


@dataclass(frozen=True, slots=True)
class Query:
    """The query parameters of a request; of repeated ones the last."""

    values: Mapping[str, str]

    def only(self, names: Collection[str]) -> Query:
        """This query, known to have no other parameters than `names`. Raises `InvalidRequest`."""
        for name in self.values:
            if name not in names:
                raise InvalidRequest(f'Unknown argument: "{name}"')
        return self

    def text(self, name: str, default: str = "") -> str:
        """A parameter as it is."""
        return self.values.get(name, default)

    def flag(self, name: str) -> bool:
        """A boolean; absent and empty ones are false."""
        text = self.values.get(name, "")
        return bool(text) and flag(name, text)

    def whole(self, name: str) -> int | None:
        """An integer, if given."""
        text = self.values.get(name)
        return None if text is None else whole(name, text)

    def names(self, name: str) -> list[str] | None:
        """A comma-separated list without blanks, empty items and repetitions, in lower case; `None` if not given."""
        text = self.values.get(name)
        if text is None:
            return None
        return list(dict.fromkeys(item.strip().lower() for item in text.split(",") if item.strip()))

    def without(self, name: str) -> Query:
        """This query without one parameter."""
        return Query({key: value for key, value in self.values.items() if key != name})


@dataclass(frozen=True, slots=True)
class Body:
    """The members of a JSON object that was sent as `argument`."""

    argument: str
    members: JsonDict

    def text(self, name: str) -> str | None:
        """A string, if given. Raises `InvalidRequest` on other types, and for names that UTF-8 cannot write."""
        value = self.members.get(name)
        if isinstance(value, str) and name not in _FREE_TEXT and jsontext.holds_half(value):
            raise _invalid(name, value, "It holds half of a character, a surrogate, which no other side can read.")
        if value is None or isinstance(value, str):
            return value
        found = type(value).__name__
        raise _invalid(name, value, f"Wrong type. Expected '<class 'str'>', got '<class '{found}'>'")

    def flag(self, name: str) -> bool | None:
        """A boolean, if given: JSON's own, a number or one of the words."""
        value = self.members.get(name)
        if isinstance(value, (bool, int, float)):
            return bool(value)
        return None if value is None else flag(name, str(value))

    def whole(self, name: str, least: int) -> int | None:
        """An integer or its text, not below `least`, if given. Raises `InvalidRequest`."""
        value = self.members.get(name)
        if value is None:
            return None
        if isinstance(value, (bool, float, list, dict)):
            raise _invalid(name, value, "unable to convert to int.")
        number = whole(name, str(value))
        if number < least:
            raise _invalid(name, value, f"Value should be greater or equal to {least}")
        return number

    def object(self, name: str) -> JsonDict | None:
        """A JSON object, sent as such or as its text, if given."""
        value = self.members.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError) as error:
                raise _invalid(self.argument, self.members, str(error)) from None
        elif value is not None and not isinstance(value, dict):
            why = f"the JSON object must be str, bytes or bytearray, not {type(value).__name__}"
            raise _invalid(self.argument, self.members, why)
        if value is None or isinstance(value, dict):
            return value
        raise InvalidRequest(f"JsonType field value must be a dictionary [actual={value}]")


@dataclass(frozen=True, slots=True)
class Request:
    """What the handlers see of a request."""

    path: str
    base: str
    """Scheme, host and stage: what comes before `/v2` in links."""
    query: Query
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    data: bytes = field(repr=False)
    caller: Caller = NOBODY
    policy: Policy = field(default=NO_POLICY, repr=False)
    """What the caller may do; `require` asks it."""

    def require(self, operation: str) -> None:
        """Raise `Forbidden` unless the caller may do what is one of `policy.OPERATIONS`."""
        self.policy.check(self.caller, operation)

    @property
    def media_type(self) -> str:
        """The type of the body, in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def condition(self) -> Condition:
        """What `If-Match` asks for; tags may be weak, as proxies that compress make them."""
        given = self.headers.get("if-match", ANY_VERSION).strip()
        if given == ANY_VERSION:
            return ALWAYS
        return Condition(frozenset(tag.strip().removeprefix("W/").strip('"') for tag in given.split(",")))

    def text(self) -> str:
        """The body as text. Raises `InvalidRequest` if it is not UTF-8.

        The gateway hands over U+FFFD in place of bytes that are not, and does not say so.
        """
        text = self.data.decode(errors="replace")
        if "\ufffd" in text:
            raise InvalidRequest(
                "The request body is not UTF-8 text. If the character U+FFFD is meant, write it as the escape \\ufffd"
            )
        return text

    def json(self, argument: str, members: Collection[str], fixed: Collection[str] = ("project_id",)) -> Body:
        """The body as a JSON object with no other than the given members, and none of the `fixed` ones.

        Mistral calls it `argument` in errors.
        """
        if not self.data:
            raise InvalidRequest(f'Missing argument: "{argument}"')
        if self.media_type in _FORM_TYPES:
            sent = self.data[:80].decode(errors="replace")
            raise InvalidRequest(f'Unknown argument: "{sent}"\nSend the body with Content-Type: application/json')
        if self.media_type not in _JSON_TYPES:
            raise UnsupportedMedia(f"Unknown mimetype: {self.media_type}\nThe body must be application/json")
        found = self._parsed()
        if not isinstance(found, dict):
            raise InvalidRequest(f"A JSON object is expected, not {type(found).__name__}")
        _check_members(argument, found, members, fixed)
        return Body(argument, found)

    def value(self) -> Json:
        """The body as any JSON value; an empty object where there is none."""
        if self.data and self.media_type not in _JSON_TYPES:
            raise UnsupportedMedia(f"Unknown mimetype: {self.media_type}: the body must be application/json")
        return self._parsed() if self.data else {}

    def upload_target(self, resource: str) -> tuple[str, str]:
        """Namespace and scope of an uploaded definition, which may carry any other parameters.

        Raises `Forbidden` if the caller may not publicize.
        """
        scope = self.query.text("scope") or PRIVATE
        self.require_scope(resource, scope)
        return self.query.text("namespace"), scope

    def is_checked(self, mode: str) -> bool:
        """Whether an uploaded workflow or workbook is validated: `skip_validation` counts by being there."""
        return mode == "mandatory" or (mode == "enabled" and "skip_validation" not in self.query.values)

    def lister(self, resource: str) -> Caller:
        """Who lists: the caller, who sees everything if it asks for `all_projects`. Raises `Forbidden`."""
        if not self.query.flag("all_projects"):
            return self.caller
        self.require(f"{resource}:list:all_projects")
        return self.caller.seeing_all()

    def require_scope(self, resource: str, scope: str | None) -> None:
        """Raise `Forbidden` unless the caller may store something under `scope`."""
        if scope == PUBLIC:
            self.require(f"{resource}:publicize")

    def check(self) -> None:
        """Refuse what no operation takes: XML, and bodies that are too large."""
        if self.media_type.endswith(("/xml", "+xml")):
            raise UnsupportedMedia(f"The media type {self.media_type} is not supported: XML is refused")
        if len(self.data) > MAX_BODY:
            raise BodyTooLarge(f"The request body is larger than {MAX_BODY} bytes")

    def without(self, parameter: str) -> Request:
        """This request without one query parameter."""
        return replace(self, query=self.query.without(parameter))

    def _parsed(self) -> Json:
        try:
            value: Json = json.loads(self.text())
        except (ValueError, RecursionError):
            raise InvalidRequest("Request is not in valid JSON format") from None
        return value


def from_chalice(request: ChaliceRequest) -> Request:
    """The request that Chalice hands over, on its own terms."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    given = request.query_params
    query = {name: given.getlist(name)[-1] for name in given} if given else {}
    path = str(request.context.get("path", request.path))
    inside = str(request.to_original_event().get("path", path))
    stage = path.removesuffix(inside) if path.endswith(inside) else ""
    host = f"{headers.get('x-forwarded-proto', 'http')}://{headers.get('host', 'localhost')}"
    data = request.raw_body
    return Request(inside, host + stage, Query(query), headers, data if isinstance(data, bytes) else data.encode())


def _check_members(argument: str, found: JsonDict, members: Collection[str], fixed: Collection[str]) -> None:
    for name, value in found.items():
        if name in fixed:
            raise _invalid(name, value, "Cannot set read only field.")
        if name not in members:
            raise InvalidRequest(f"Unknown attribute for argument {argument}: {name}")


def _invalid(name: str, value: object, why: str) -> InvalidRequest:
    return InvalidRequest(f"Invalid input for field/attribute {name}. Value: '{value}'. {why}")
