"""The OpenAPI document: the routes of the application, with what the tables say of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.entry.api.http.middleware import TAGGED
from chalicelib.entry.api.openapi import definitions, executions, service, triggers
from chalicelib.entry.api.openapi.operation import TEXT, Operation, Operations, parameter

TABLES: tuple[Callable[[], Operations], ...] = (
    service.service_operations,
    definitions.definition_operations,
    definitions.sharing_operations,
    triggers.operations,
    service.signal_operations,
    service.admin_operations,
    executions.execution_operations,
    executions.action_execution_operations,
)

ANY_REQUEST = (400, 401, 403, 413, 415, 423, 429, 500, 503)
"""Errors that any request can meet; 429 is the gateway's."""

FAULT: JsonDict = {
    "type": "object",
    "required": ["faultstring"],
    "properties": {
        "faultcode": {"enum": ["Client", "Server"]},
        "faultstring": {"type": "string", "description": "What is wrong, and where."},
        "debuginfo": {"type": "null"},
    },
}
INFO: JsonDict = {
    "title": "Meltemi: workflow service API v2",
    "version": "2.0",
    "summary": "The REST API v2 of Mistral 23.0.0, with additions.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
TOKEN: JsonDict = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Auth-Token",
    "description": "A token of the identity service; not needed where authentication is off.",
}

Routes = Mapping[str, Mapping[str, Any]]
"""Chalice's routes: path to method to entry."""


def described() -> dict[str, Operation]:
    """Every operation of the tables; one whose last segment may come in the query counts twice."""
    found: dict[str, Operation] = {}
    for table in TABLES:
        for name, operation in table().items():
            found[name] = operation
            if operation.argument is not None:
                found[name.rpartition("/")[0]] = operation
    return found


def document(routes: Routes, base: str) -> JsonDict:
    """The document for `routes`, which are found below `base`. Raises `KeyError` if one of them is in no table."""
    operations = described()
    paths: JsonDict = {}
    taken: set[str] = set()
    for path, method, handler in handlers(routes):
        name = _free_name(f"{handler.__module__.rpartition('.')[2]}.{handler.__name__}", path, taken)
        entry = paths.setdefault(path, {})
        assert isinstance(entry, dict)
        tagged = method == "GET" and path.startswith(TAGGED)
        entry[method.lower()] = _operation(operations[f"{method} {path}"], path, handler, name, tagged)
    schemas: JsonDict = {"Fault": FAULT}
    for operation in operations.values():
        schemas |= operation.resource.components() if operation.resource else {}
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": base}],
        "security": [{"token": []}, {}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": TOKEN}},
    }


def handlers(routes: Routes) -> Iterator[tuple[str, str, Callable[..., object]]]:
    """Path, method and handler of every route, the preflights aside."""
    for path, methods in routes.items():
        for method, entry in methods.items():
            if method != "OPTIONS":
                yield path, method, entry.view_function


def _operation(operation: Operation, path: str, handler: Callable[..., object], name: str, tagged: bool) -> JsonDict:
    places = re.findall(r"\{(\w+)\}", path)
    parameters: list[Json] = [{"name": place, "in": "path", "required": True, "schema": _PLACE} for place in places]
    parameters += operation.query
    if operation.argument is not None and not path.endswith("}"):
        parameters.append(parameter(operation.argument, "Stands in for the last segment of the path.", required=True))
    summary, _, rest = (handler.__doc__ or "").partition("\n\n")
    if tagged:
        parameters.append({"name": "If-None-Match", "in": "header", "schema": TEXT, "description": _TAG})
    shown: JsonDict = {
        "operationId": name,
        "tags": [path.split("/")[2] if path.count("/") > 1 else "service"],
        "summary": " ".join(summary.split()),
        "parameters": parameters,
        "responses": _responses(operation, (304,) if tagged else ()),
    }
    if rest:
        shown["description"] = " ".join(rest.split())
    if operation.takes is not None:
        shown["requestBody"] = operation.takes
    return shown


_PLACE: JsonDict = {"type": "string", "minLength": 1}
_TAG = "Entity tags of what the client has; 304 if that still holds."


def _responses(operation: Operation, further: tuple[int, ...]) -> JsonDict:
    done: JsonDict = {"description": "Done"}
    if operation.gives is not None:
        done["content"] = {operation.kind: {"schema": operation.gives}}
    failed: JsonDict = {
        str(status): _failure(status) if status >= 400 else {"description": HTTPStatus(status).phrase}
        for status in sorted({*ANY_REQUEST, *operation.fails, *further})
    }
    return {str(operation.status): done, **failed}


def _failure(status: int) -> JsonDict:
    """Refusals before any resource is looked at are pages, or JSON of another form for who prefers that."""
    page = status in (401, 423)
    schema: JsonDict = {"type": "object"} if page else {"$ref": "#/components/schemas/Fault"}
    content: JsonDict = {"application/json": {"schema": schema}}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {**content, "text/html": {"schema": TEXT}} if page else content,
    }


def _free_name(name: str, path: str, taken: set[str]) -> str:
    """`name`, made different by the end of its path if it is taken."""
    if name in taken:
        name = f"{name}.{path.rpartition('/')[2].strip('{}')}"
    taken.add(name)
    return name
