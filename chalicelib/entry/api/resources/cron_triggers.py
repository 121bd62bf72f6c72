"""`/v2/cron_triggers`: workflows that are started at certain times (API rules §11).

Members of a cron trigger.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from chalice.app import Blueprint

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http.columns import SCOPES, Column, Columns, Kind, timestamp
from chalicelib.entry.api.http.listing import Collected, fields_of, page_of
from chalicelib.entry.api.http.request import Body, Request
from chalicelib.entry.api.http.routing import Answer, route
from chalicelib.errors import InvalidRequest
from chalicelib.ports.definitions import DefinitionRecord
from chalicelib.service.triggers.content import Given
from chalicelib.service.triggers.cron.schedule import LEAST_CATCH_UP, OVERLAPS, CronOptions, facts_of
from chalicelib.service.triggers.cron.triggers import CronChange, CronRequest


def cron_trigger_columns(given: Callable[[str], Given]) -> Columns[DefinitionRecord]:
    """The members; `given` gives input and parameters, which only some requests want."""
    return Columns(
        [
            Column("id", lambda t: t.id),
            Column("name", lambda t: t.name, filtered=True),
            Column("workflow_name", lambda t: t.facts["workflow"], filtered=True),
            Column("workflow_id", lambda t: t.uses, Kind.UUID, filtered=True),
            Column("workflow_input", lambda t: given(t.ref).input, Kind.JSON, filtered=True),
            Column("workflow_params", lambda t: given(t.ref).params, Kind.JSON, filtered=True),
            Column("project_id", lambda t: t.project_id, filtered=True),
            Column("scope", lambda t: t.scope, filtered=True, choices=SCOPES),
            Column("pattern", lambda t: t.facts["pattern"], filtered=True),
            Column("remaining_executions", lambda t: t.facts["remaining"], Kind.WHOLE, filtered=True),
            Column("first_execution_time", lambda t: facts_of(t.facts).first, Kind.TIME, filtered=True),
            Column("next_execution_time", lambda t: facts_of(t.facts).next, Kind.TIME, filtered=True),
            Column("timezone", lambda t: facts_of(t.facts).timezone, filtered=True),
            Column("overlap", lambda t: facts_of(t.facts).overlap, filtered=True, choices=OVERLAPS),
            Column("catch_up", lambda t: facts_of(t.facts).catch_up, Kind.WHOLE, filtered=True),
            Column("jitter", lambda t: facts_of(t.facts).jitter, Kind.WHOLE, filtered=True),
            Column("paused", lambda t: facts_of(t.facts).paused, Kind.FLAG, filtered=True),
            Column("last_error", lambda t: facts_of(t.facts).error, filtered=True),
            Column("created_at", lambda t: t.created_at, Kind.TIME, filtered=True),
            Column("updated_at", lambda t: t.updated_at, Kind.TIME, filtered=True),
        ]
    )


api = Blueprint(__name__)


MOST_TIMES = 100
"""How many fire times one reply has at most."""


_CHANGEABLE = (
    "pattern",
    "remaining_executions",
    "workflow_input",
    "workflow_params",
    "timezone",
    "overlap",
    "catch_up",
    "jitter",
    "paused",
)


_COLLECTED = Collected(
    "cron_triggers", "Cron trigger not found [identifier={}]", ("workflow_input", "workflow_params"), all_projects=True
)


@route(api, "GET", "/v2/cron_triggers", needs="cron_triggers:list")
def list_triggers(request: Request) -> Answer:
    """List the cron triggers that the caller may see."""
    triggers = services().cron_triggers
    return page_of(request, _COLLECTED, cron_trigger_columns, triggers.triggers, triggers.given, triggers.given_of)


@route(api, "POST", "/v2/cron_triggers", needs="cron_triggers:create", status=201)
def create_trigger(request: Request) -> Answer:
    """Create a cron trigger."""
    request.query.only(())
    triggers = services().cron_triggers
    columns = cron_trigger_columns(triggers.given)
    body = request.json("cron_trigger", columns.names)
    request.require_scope("cron_triggers", body.text("scope"))
    made = triggers.create(request.caller, _request(body))
    return columns.without({"updated_at"}).one(made)


@route(api, "GET", "/v2/cron_triggers/{identifier}", needs="cron_triggers:get")
def get_trigger(request: Request, identifier: str) -> Answer:
    """Get a cron trigger by id or name."""
    triggers = services().cron_triggers
    columns = cron_trigger_columns(triggers.given)
    fields = fields_of(request.query.only({"fields"}), columns)
    return columns.one(triggers.trigger(request.caller, identifier), fields)


@route(api, "PUT", "/v2/cron_triggers/{identifier}", needs="cron_triggers:update", argument="identifier")
def update_trigger(request: Request, identifier: str) -> Answer:
    """Update a cron trigger: its schedule or input; pause or resume it."""
    request.query.only(())
    triggers = services().cron_triggers
    body = request.json("cron_trigger", _CHANGEABLE)
    return cron_trigger_columns(triggers.given).one(triggers.update(request.caller, identifier, _change(body)))


@route(api, "GET", "/v2/cron_triggers/{identifier}/fire_times", needs="cron_triggers:get")
def get_fire_times(request: Request, identifier: str) -> Answer:
    """List the next fire times of a cron trigger: ten, unless `count` says how many."""
    wanted = request.query.only({"count"}).whole("count")
    count = 10 if wanted is None else wanted
    if not 0 < count <= MOST_TIMES:
        raise InvalidRequest(f"count must be 1 to {MOST_TIMES}, not {count}")
    return {
        "fire_times": [timestamp(at) for at in services().cron_triggers.fire_times(request.caller, identifier, count)]
    }


@route(api, "POST", "/v2/cron_triggers/{identifier}/run", needs="executions:create", status=201)
def run_trigger(request: Request, identifier: str) -> Answer:
    """Run a cron trigger now; its schedule is unchanged."""
    request.query.only(())
    return {"execution_id": services().cron_runs.run(request.caller, identifier)}


@route(api, "POST", "/v2/cron_triggers/{identifier}/backfill", needs="executions:create")
def backfill_trigger(request: Request, identifier: str) -> Answer:
    """Backfill a cron trigger: start an execution for each missed fire time of a period; `dry_run` only lists them."""
    request.query.only(())
    body = request.json("backfill", ("from", "to", "dry_run"))
    start, end = _moment(body, "from"), _moment(body, "to")
    made = services().cron_runs.backfill(request.caller, identifier, start, end, bool(body.flag("dry_run")))
    return {"executions": [{"fire_time": timestamp(at), "execution_id": found} for at, found in made]}


@route(api, "DELETE", "/v2/cron_triggers/{identifier}", needs="cron_triggers:delete", status=204, argument="identifier")
def delete_trigger(request: Request, identifier: str) -> Answer:
    """Delete a cron trigger."""
    request.query.only(())
    services().cron_triggers.delete(request.caller, identifier)
    return None


def _moment(body: Body, name: str) -> datetime:
    text = body.text(name) or ""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"'{name}' must be a time such as 2026-11-23 04:07, not {text!r}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _change(body: Body) -> CronChange:
    return CronChange(
        pattern=body.text("pattern"),
        remaining=body.whole("remaining_executions", 1),
        input=body.object("workflow_input"),
        params=body.object("workflow_params"),
        options=_options(body),
    )


def _options(body: Body) -> CronOptions:
    return CronOptions(
        timezone=body.text("timezone"),
        overlap=body.text("overlap"),
        catch_up=body.whole("catch_up", LEAST_CATCH_UP),
        jitter=body.whole("jitter", 0),
        paused=body.flag("paused"),
    )


def _request(body: Body) -> CronRequest:
    name = body.text("name")
    if name is None:
        raise InvalidRequest("The name of the cron trigger is not provided.")
    return CronRequest(
        name=name,
        workflow=body.text("workflow_id") or body.text("workflow_name"),
        pattern=body.text("pattern"),
        first=body.text("first_execution_time"),
        remaining=body.whole("remaining_executions", 1),
        given=Given(body.object("workflow_input") or {}, body.object("workflow_params") or {}),
        scope=body.text("scope"),
        options=_options(body),
    )
