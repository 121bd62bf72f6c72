"""Triggers remember who made them: for that one their executions run, as far as expressions can tell."""

from __future__ import annotations

import pytest

from chalicelib.bootstrap import container
from chalicelib.core.security import SecurityContext
from chalicelib.service.access.caller import Caller
from chalicelib.service.triggers.content import Triggers, runs_for
from tests.api.tenants import Tenants

CRON = {"name": "c", "pattern": "0 0 1 1 *", "workflow_input": {}}
EVENT = {"exchange": "x", "topic": "t", "event": "e", "workflow_input": {}}


def triggers(kind: str) -> Triggers:
    services = container.services()
    return services.cron_triggers if kind == "cron_triggers" else services.event_triggers


@pytest.mark.parametrize(
    ("kind", "body", "change"),
    [("cron_triggers", CRON, {"pattern": "0 0 2 1 *"}), ("event_triggers", EVENT, {"workflow_params": {"p": 1}})],
)
def test_who_made_a_trigger_stays_and_is_not_shown(
    tenants: Tenants, kind: str, body: dict[str, object], change: dict[str, object]
) -> None:
    made = tenants.ok("blue:member", "POST", f"/v2/{kind}", {**body, "workflow_id": tenants.workflow("blue", "w")})
    shown = tenants.ok("blue:boss", "PUT", f"/v2/{kind}/{made['id']}", change)
    maker = SecurityContext(roles=("member",))
    assert runs_for(triggers(kind).trigger(Caller("blue"), made["id"])) == Caller("blue", security=maker)
    assert "made_by" not in {*made, *shown}
