"""Cron triggers and event triggers."""

from __future__ import annotations

from chalicelib.bootstrap.container import services
from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.openapi.operation import (
    ALL_PROJECTS,
    FIELDS,
    FLAG,
    JSON_OBJECT,
    SCOPES,
    TEXT,
    Operation,
    Operations,
    Resource,
    json_body,
    lists,
    parameter,
    shows,
)
from chalicelib.entry.api.resources import cron_triggers, event_triggers
from chalicelib.service.triggers.cron.schedule import LEAST_CATCH_UP, MOST_JITTER, OVERLAPS

CRON = Resource(
    "CronTrigger", "cron_triggers", lambda: cron_triggers.cron_trigger_columns(services().cron_triggers.given)
)
EVENT = Resource(
    "EventTrigger", "event_triggers", lambda: event_triggers.event_trigger_columns(services().event_triggers.given)
)

_OPTIONS: dict[str, JsonDict] = {
    "timezone": {**TEXT, "examples": ["Europe/Berlin"]},
    "overlap": {"enum": [*OVERLAPS]},
    "catch_up": {"type": "integer", "minimum": LEAST_CATCH_UP},
    "jitter": {"type": "integer", "minimum": 0, "maximum": MOST_JITTER},
    "paused": FLAG,
}
_TIMES: JsonDict = {
    "type": "object",
    "required": ["fire_times"],
    "properties": {"fire_times": {"type": "array", "items": TEXT}},
}
_STARTED: JsonDict = {"type": "object", "required": ["execution_id"], "properties": {"execution_id": TEXT}}
_MADE: JsonDict = {"type": "object", "properties": {"fire_time": TEXT, "execution_id": TEXT}}
_BACKFILLED: JsonDict = {
    "type": "object",
    "required": ["executions"],
    "properties": {"executions": {"type": "array", "items": _MADE}},
}
_DAY: JsonDict = {**TEXT, "examples": ["2026-11-23 04:07"]}
_PERIOD = json_body(("from", "to"), **{"from": _DAY, "to": _DAY, "dry_run": FLAG})
_COUNT = parameter("count", "How many.", {"type": "integer", "minimum": 1, "maximum": 100})
_CRON = json_body(
    ("name",),
    name=TEXT,
    workflow_name=TEXT,
    workflow_id=TEXT,
    workflow_input=JSON_OBJECT,
    workflow_params=JSON_OBJECT,
    pattern={**TEXT, "examples": ["0 * * * *"]},
    first_execution_time={**TEXT, "examples": ["2026-11-23 04:07"]},
    remaining_executions={"type": "integer", "minimum": 1},
    scope=SCOPES,
    **_OPTIONS,
)
_CRON_CHANGE = json_body(
    (),
    workflow_input=JSON_OBJECT,
    workflow_params=JSON_OBJECT,
    pattern={**TEXT, "examples": ["0 * * * *"]},
    remaining_executions={"type": "integer", "minimum": 1},
    **_OPTIONS,
)
_CHANGE: dict[str, JsonDict] = {
    "name": TEXT,
    "workflow_id": {**TEXT, "format": "uuid"},
    "workflow_input": JSON_OBJECT,
    "workflow_params": JSON_OBJECT,
    "scope": SCOPES,
    "pattern": JSON_OBJECT,
}
_EVENT = json_body(("exchange", "topic", "event", "workflow_id"), exchange=TEXT, topic=TEXT, event=TEXT, **_CHANGE)


def operations() -> Operations:
    """The operations of both."""
    return {
        "GET /v2/cron_triggers": lists(CRON, ALL_PROJECTS),
        "POST /v2/cron_triggers": Operation(CRON.one, 201, takes=_CRON, fails=(404, 409)),
        "GET /v2/cron_triggers/{identifier}": shows(CRON, FIELDS),
        "PUT /v2/cron_triggers/{identifier}": Operation(
            CRON.one, takes=_CRON_CHANGE, fails=(404,), argument="identifier"
        ),
        "GET /v2/cron_triggers/{identifier}/fire_times": Operation(_TIMES, query=(_COUNT,), fails=(404,)),
        "POST /v2/cron_triggers/{identifier}/run": Operation(_STARTED, 201, fails=(404,)),
        "POST /v2/cron_triggers/{identifier}/backfill": Operation(_BACKFILLED, takes=_PERIOD, fails=(404,)),
        "DELETE /v2/cron_triggers/{identifier}": Operation(status=204, fails=(404,), argument="identifier"),
        "GET /v2/event_triggers": lists(EVENT, ALL_PROJECTS),
        "POST /v2/event_triggers": Operation(EVENT.one, 201, takes=_EVENT, fails=(404, 409)),
        "GET /v2/event_triggers/{trigger_id}": shows(EVENT, FIELDS),
        "PUT /v2/event_triggers/{trigger_id}": Operation(
            EVENT.one, takes=json_body((), **_CHANGE), fails=(404, 409), argument="id"
        ),
        "DELETE /v2/event_triggers/{trigger_id}": Operation(status=204, fails=(404,), argument="id"),
    }
