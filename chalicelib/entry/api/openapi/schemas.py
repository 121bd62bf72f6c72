"""Schemas of members and filters, by the kind of the column; and what the members mean, by their name."""

from __future__ import annotations

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.entry.api.http.columns import Kind

MEANINGS = {
    "accepted": "Whether the result counts.",
    "checksum": "Digest of the definition.",
    "created_at": "When it was created.",
    "definition": "The text as it was uploaded.",
    "finished_at": "When it ended.",
    "interface": "Names and types of the input and the output.",
    "is_system": "Whether it comes with the service.",
    "name": "Its name.",
    "namespace": "The namespace of its name; the default one is empty.",
    "output": "What came out.",
    "params": "The parameters it was started with.",
    "processed": "Whether what follows it has been decided.",
    "project_id": "The project it belongs to.",
    "published": "Variables that it published to its branch.",
    "published_global": "Variables that it published to the whole execution.",
    "result": "What came out of the task.",
    "root_execution_id": "The execution at the top, in a sub-execution.",
    "runtime_context": "What policies remember, and what led to the task.",
    "scope": "`private` or `public`.",
    "started_at": "When it began.",
    "state": "Where it is in its life.",
    "state_info": "Why it is there.",
    "tags": "Words to find it by.",
    "task_execution_id": "The task execution it belongs to.",
    "type": "`ACTION` or `WORKFLOW`.",
    "updated_at": "When it was last changed.",
    "variables": "The variables of the environment.",
    "workflow_execution_id": "The execution it belongs to.",
}

_TIME: JsonDict = {"examples": ["2026-11-23 04:07:16"]}
_IN_TEXT: JsonDict = {"contentMediaType": "application/json"}

_KINDS: dict[Kind, JsonDict] = {
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.UUID: {"type": ["string", "null"]},
    Kind.TIME: {"type": ["string", "null"], **_TIME},
    Kind.JSON: {"type": ["string", "null"], **_IN_TEXT},
    Kind.RESULT: {"type": "string", **_IN_TEXT},
    Kind.TAGS: {"type": ["array", "null"], "items": {"type": "string"}},
    Kind.FLAG: {"type": ["boolean", "null"]},
    Kind.WHOLE: {"type": ["integer", "null"]},
}

_FILTERS = {
    Kind.UUID: "An id.",
    Kind.JSON: "A JSON object; equal as a whole.",
    Kind.TAGS: "Tags, separated by commas; all of them are there.",
    Kind.FLAG: "`true` or `false`.",
}
_OPERATORS = "A value, or `<op>:value` with `eq neq gt gte lt lte in nin has`."


def member(name: str, kind: Kind) -> JsonDict:
    """The schema of a member."""
    meaning: dict[str, Json] = {"description": MEANINGS[name]} if name in MEANINGS else {}
    return {**_KINDS[kind], **meaning}


def filter_parameter(name: str, kind: Kind) -> JsonDict:
    """The parameter by which lists are filtered."""
    description = _FILTERS.get(kind, _OPERATORS)
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": description}
