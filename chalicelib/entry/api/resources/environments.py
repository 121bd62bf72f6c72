"""`/v2/environments`: stored environments (API rules §13).

Members of an environment.
"""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.http.columns import SCOPES, Column, Columns, Kind
from chalicelib.entry.api.http.listing import Collected, fields_of, page_of
from chalicelib.entry.api.http.request import Body, Request
from chalicelib.entry.api.http.routing import Answer, route, tagged
from chalicelib.errors import InvalidRequest
from chalicelib.ports.definitions import DefinitionRecord
from chalicelib.service.definitions.environments import EnvironmentChange


def environment_columns(variables: Callable[[str], JsonDict | None]) -> Columns[DefinitionRecord]:
    """The members; `variables` gives those of a version, which only some requests want."""
    return Columns(
        [
            Column("id", lambda e: e.id),
            Column("name", lambda e: e.name, filtered=True),
            Column("description", lambda e: e.facts["description"], filtered=True),
            Column("variables", lambda e: variables(e.ref), Kind.JSON, filtered=True),
            Column("scope", lambda e: e.scope, filtered=True, choices=SCOPES),
            Column("project_id", lambda e: e.project_id),
            Column("created_at", lambda e: e.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda e: e.updated_at, Kind.TIME, filtered=True),
        ]
    )


api = Blueprint(__name__)


_COLLECTED = Collected("environments", "Environment not found [name={}]", ("variables",))


_SETTABLE = ("description", "variables", "scope")


_NAMED = ("name", *_SETTABLE)


_WRONG = "Please, check your environment definition. Only: {} are allowed as definition keys."


@route(api, "GET", "/v2/environments", needs="environments:list")
def list_environments(request: Request) -> Answer:
    """List the environments that the caller may see."""
    kept = services().environments
    return page_of(request, _COLLECTED, environment_columns, kept.environments, kept.variables, kept.variables_of)


@route(api, "POST", "/v2/environments", needs="environments:create", status=201)
def create_environment(request: Request) -> Answer:
    """Create an environment; the reply has only the members that were given."""
    body = _body(request, _NAMED)
    environments = services().environments
    made = environments.create(request.caller, _name(body), _change(body))
    silent = {"updated_at", *(name for name in ("description", "variables") if name not in body.members)}
    return environment_columns(environments.variables).without(silent).one(made)


@route(api, "PUT", "/v2/environments", needs="environments:update")
def update_environment(request: Request) -> Answer:
    """Update the environment that the body names."""
    body = _body(request, _SETTABLE)
    environments = services().environments
    changed = environments.update(request.caller, _name(body), _change(body), request.condition)
    return tagged(environment_columns(environments.variables).one(changed), changed.id, changed.version)


@route(api, "GET", "/v2/environments/{name}", needs="environments:get")
def get_environment(request: Request, name: str) -> Answer:
    """Get an environment by name."""
    environments = services().environments
    columns = environment_columns(environments.variables)
    fields = fields_of(request.query.only({"fields"}), columns, strict=True)
    found = environments.environment(request.caller, name)
    return tagged(columns.one(found, fields), found.id, found.version)


@route(api, "DELETE", "/v2/environments/{name}", needs="environments:delete", status=204, argument="name")
def delete_environment(request: Request, name: str) -> Answer:
    """Delete an environment; executions keep their copies."""
    request.query.only(())
    services().environments.delete(request.caller, name, request.condition)
    return None


def _body(request: Request, allowed: tuple[str, ...]) -> Body:
    """The members of an environment that a caller may give; the refusal of others names the `allowed` ones."""
    request.query.only(())
    body = request.json("env", environment_columns(services().environments.variables).names)
    if not set(body.members) <= set(_NAMED):
        raise InvalidRequest(_WRONG.format(list(allowed)))
    request.require_scope("environments", body.text("scope"))
    return body


def _name(body: Body) -> str:
    name = body.text("name")
    if not name:
        raise InvalidRequest("Name of the environment is not provided.")
    return name


def _change(body: Body) -> EnvironmentChange:
    emptied = frozenset(name for name, value in body.members.items() if value is None)
    return EnvironmentChange(body.text("description"), body.object("variables"), body.text("scope"), emptied)
