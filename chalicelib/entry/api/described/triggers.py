"""Cron triggers and event triggers."""

from __future__ import annotations

from chalicelib.core.jsontext import JsonDict
from chalicelib.entry.api.described.operation import (
    ALL_PROJECTS,
    FIELDS,
    JSON_OBJECT,
    TEXT,
    Operation,
    Operations,
    Resource,
    json_body,
    lists,
    shows,
)
from chalicelib.entry.api.views import cron_triggers, event_triggers
from chalicelib.wiring import services

CRON = Resource("CronTrigger", "cron_triggers", lambda: cron_triggers.columns(services().cron_triggers.given))
EVENT = Resource("EventTrigger", "event_triggers", lambda: event_triggers.columns(services().event_triggers.given))

_SCOPE: JsonDict = {"enum": ["private", "public"]}
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
    scope=_SCOPE,
)
_CHANGE: dict[str, JsonDict] = {
    "name": TEXT,
    "workflow_id": {**TEXT, "format": "uuid"},
    "workflow_input": JSON_OBJECT,
    "workflow_params": JSON_OBJECT,
    "scope": _SCOPE,
}
_EVENT = json_body(("exchange", "topic", "event", "workflow_id"), exchange=TEXT, topic=TEXT, event=TEXT, **_CHANGE)


def operations() -> Operations:
    """The operations of both."""
    return {
        "GET /v2/cron_triggers": lists(CRON, ALL_PROJECTS),
        "POST /v2/cron_triggers": Operation(CRON.one, 201, takes=_CRON, fails=(404, 409)),
        "GET /v2/cron_triggers/{identifier}": shows(CRON, FIELDS),
        "DELETE /v2/cron_triggers/{identifier}": Operation(status=204, fails=(404,), argument="identifier"),
        "GET /v2/event_triggers": lists(EVENT, ALL_PROJECTS),
        "POST /v2/event_triggers": Operation(EVENT.one, 201, takes=_EVENT, fails=(404, 409)),
        "GET /v2/event_triggers/{trigger_id}": shows(EVENT, FIELDS),
        "PUT /v2/event_triggers/{trigger_id}": Operation(
            EVENT.one, takes=json_body((), **_CHANGE), fails=(404, 409), argument="id"
        ),
        "DELETE /v2/event_triggers/{trigger_id}": Operation(status=204, fails=(404,), argument="id"),
    }
