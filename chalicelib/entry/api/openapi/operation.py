"""The vocabulary of the tables: operations, the resources they show, parameters and bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.entry.api.http.columns import Columns
from chalicelib.entry.api.openapi.schemas import filter_parameter, member

TEXT: JsonDict = {"type": "string"}
FLAG: JsonDict = {"type": "boolean"}
SCOPES: JsonDict = {"enum": ["private", "public"]}
JSON_OBJECT: JsonDict = {
    "oneOf": [
        {"type": "object", "additionalProperties": True},
        {"type": "string", "contentMediaType": "application/json"},
        {"type": "null"},
    ],
    "description": "A JSON object, or the text of one.",
}
"""A member of a body that Mistral calls JSON-typed."""


@dataclass(frozen=True)
class Resource:
    """What a resource shows, from the table of its columns; `{name}` and `{name}List` in the components."""

    name: str
    collection: str
    columns: Callable[[], Columns[Any]]
    special: Mapping[str, JsonDict] = field(default_factory=dict)
    """Schemas of members that are not what their kind says."""

    @property
    def one(self) -> JsonDict:
        """The schema of an object."""
        return {"$ref": f"#/components/schemas/{self.name}"}

    @property
    def several(self) -> JsonDict:
        """The schema of a page."""
        return {"$ref": f"#/components/schemas/{self.name}List"}

    def components(self) -> JsonDict:
        """Both schemas."""
        members: JsonDict = {c.name: self.special.get(c.name) or member(c.name, c.kind) for c in self.columns()}
        listed: Json = {"type": "array", "items": self.one}
        link: Json = {"type": "string", "description": "The page that follows; not there on the last one."}
        page: JsonDict = {
            "type": "object",
            "required": [self.collection],
            "properties": {self.collection: listed, "next": link},
        }
        return {self.name: {"type": "object", "properties": members}, f"{self.name}List": page}


@dataclass(frozen=True)
class Operation:
    """What the document says of one method on one path, beyond what follows from the route."""

    gives: JsonDict | None = None
    """The schema of the reply; `None`: an empty one."""
    status: int = 200
    query: tuple[JsonDict, ...] = ()
    """Parameters besides those of the path: of the query, or headers."""
    takes: JsonDict | None = None
    """The request body, as OpenAPI writes it."""
    fails: tuple[int, ...] = ()
    """Statuses of errors besides those that any request can meet."""
    argument: str | None = None
    """The query parameter that may stand in for the last segment of the path, as in `route`."""
    resource: Resource | None = None
    """What the components must describe."""
    kind: str = "application/json"
    """The media type of the reply."""


Operations = Mapping[str, Operation]
"""Operations by `METHOD path`, the path as in `route`."""


def parameter(name: str, description: str, schema: JsonDict = TEXT, *, required: bool = False) -> JsonDict:
    """A parameter of the query."""
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": description}


def header(name: str, description: str, schema: JsonDict = TEXT) -> JsonDict:
    """A header that a request may have."""
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": description}


SKIP_VALIDATION = parameter(
    "skip_validation", "Being there, it has the text stored as it is, if this deployment lets clients choose."
)
IF_MATCH = header("If-Match", "Entity tags of the versions that may be changed; 412 if there is another by now.")
FIELDS = parameter("fields", "The members to show, separated by commas; `id` is always shown.")
NAMESPACE = parameter("namespace", "The namespace; the default one if it is not given.")
SCOPE = parameter("scope", "Who sees it: `private` (the project) or `public`; the latter is for admins.")
STORE = (NAMESPACE, SCOPE)
"""Where an uploaded text goes."""
ALL_PROJECTS = parameter("all_projects", "Whether those of all projects are wanted; for admins.", FLAG)
PAGING = (
    parameter("limit", "The most objects on the page.", {"type": "integer", "minimum": 1}),
    parameter("marker", "The id of the object that the page follows."),
    parameter("sort_keys", "Members to sort by, separated by commas; `created_at` unless given."),
    parameter("sort_dirs", "`asc` or `desc` for each of them, separated by commas."),
    FIELDS,
)


def lists(resource: Resource, *switches: JsonDict, fails: tuple[int, ...] = (404,), without: str = "") -> Operation:
    """A list with paging and with the filters of the columns; `without` names those that it does not take."""
    taken = {str(switch["name"]) for switch in switches} | set(without.split())
    filters = [filter_parameter(c.name, c.kind) for c in resource.columns() if c.filtered and c.name not in taken]
    return Operation(resource.several, query=(*PAGING, *switches, *filters), fails=fails, resource=resource)


def shows(resource: Resource, *query: JsonDict, fails: tuple[int, ...] = (404,)) -> Operation:
    """One object."""
    return Operation(resource.one, query=query, fails=fails, resource=resource)


def json_body(required: tuple[str, ...] = (), **members: JsonDict) -> JsonDict:
    """A body that is one JSON object."""
    schema: JsonDict = {"type": "object", "properties": dict(members), "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def yaml_body(description: str, example: str) -> JsonDict:
    """A body that is the text of a definition."""
    content: JsonDict = {"text/plain": {"schema": TEXT, "example": example}}
    return {"required": True, "description": description, "content": content}
