"""One message of each kind about what `handlers.Handlers` has, and how each looked in format 1."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.core import ids
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, SUCCESS
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.messaging.bodies import (
    ActionEnded,
    AnyBody,
    BusEvent,
    CarriedBase,
    CarriedValue,
    Check,
    CheckClaim,
    CheckDeadline,
    CheckHeartbeat,
    Continue,
    DelayEnded,
    FireCronTrigger,
    MaintenanceBegan,
    MaintenanceEnded,
    Notification,
    ParentChanged,
    RemoveExecution,
    RunAction,
    RunStandaloneAction,
    SubExecutionChanged,
    SubExecutionRefused,
    TaskTimedOut,
)
from tests.unit.service.worlds import ID, PART

KEY = ActionKey(TaskKey(0, 0), 1)
TASK, ACTION = ids.task_id(PART, KEY.task), ids.action_id(PART, KEY)
ALONE = "7c2a3bb4-41fb-4c9c-9c0c-1a6cbb3f6f8e"
"""An action execution that belongs to no task."""
MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
HEARD: JsonDict = {"id": "e1", "source": "nova", "detail-type": "alarm", "detail": {"cpu": 100}}
BLOB = "0" * 64

FORMAT_1: list[tuple[JsonDict, AnyBody]] = [
    ({"execution": ID, "event": "proceed"}, Continue(execution=ID)),
    ({"execution": ID, "event": "proceed", "trace": TRACE}, Continue(execution=ID, trace=TRACE)),
    ({"execution": ID, "event": "check"}, Check(execution=ID)),
    ({"execution": ID, "event": "woken", "task": TASK, "wake": 3}, DelayEnded(execution=ID, task=TASK, wake=3)),
    (
        {"execution": ID, "event": "timeout", "task": TASK, "run": 1, "seconds": 60},
        TaskTimedOut(execution=ID, task=TASK, run=1, seconds=60),
    ),
    (
        {"execution": ID, "event": "ended", "action": ACTION, "state": "ERROR", "result": {"blob": BLOB, "size": 7}},
        ActionEnded(execution=ID, action=ACTION, state=ERROR, result=CarriedValue(blob=BLOB, size=7)),
    ),
    (
        {"execution": ID, "event": "ended", "action": ACTION, "state": "SUCCESS", "result": {"value": {"blob": "x"}}},
        ActionEnded(execution=ID, action=ACTION, state=SUCCESS, result=CarriedValue(value={"blob": "x"})),
    ),
    (
        {
            "execution": ID,
            "event": "child",
            "child": ACTION,
            "state": "ERROR",
            "version": 7,
            "output": {"value": {"result": "why"}},
            "asked": True,
        },
        SubExecutionChanged(
            execution=ID,
            child=ACTION,
            state=ERROR,
            version=7,
            output=CarriedValue(value={"result": "why"}),
            requested=True,
        ),
    ),
    (
        {"execution": ID, "event": "refused", "child": ACTION, "reason": "no such workflow"},
        SubExecutionRefused(execution=ID, child=ACTION, reason="no such workflow"),
    ),
    (
        {"execution": ID, "event": "asked", "state": "CANCELLED", "version": 2, "message": None},
        ParentChanged(execution=ID, state=CANCELLED, version=2),
    ),
    (
        {"execution": ID, "event": "asked", "state": "PAUSED", "version": 2, "message": "why"},
        ParentChanged(execution=ID, state=PAUSED, version=2, message="why"),
    ),
    (
        {"execution": ID, "event": "asked", "state": "PAUSED", "message": None},
        MaintenanceBegan(execution=ID),
    ),
    (
        {"execution": ID, "event": "asked", "state": "RUNNING", "message": None},
        MaintenanceEnded(execution=ID),
    ),
    (
        {"execution": ID, "event": "removed", "asked_at": MADE.isoformat()},
        RemoveExecution(execution=ID, requested_at=MADE),
    ),
    (
        {
            "action": ACTION,
            "execution": ID,
            "project": "p",
            "workflow": "w",
            "name": "std.http",
            "input": {"value": {"url": "u"}},
            "safe_rerun": False,
            "timeout": 8,
            "sync": True,
        },
        RunAction(
            action=ACTION,
            execution=ID,
            project="p",
            workflow="w",
            name="std.http",
            input=CarriedValue(value={"url": "u"}),
            safe_rerun=False,
            timeout=8,
            sync=True,
        ),
    ),
    (
        {
            "loose": ALONE,
            "project": "p",
            "description": None,
            "namespace": "n",
            "name": "call",
            "base": {"name": "std.http", "input": {"value": {"url": "u"}}, "versions": ["call/1"]},
            "input": {"value": {"to": "x"}},
            "sync": True,
            "created": MADE.isoformat(),
            "timeout": 1.5,
            "target": None,
        },
        RunStandaloneAction(
            action=ALONE,
            project="p",
            namespace="n",
            name="call",
            base=CarriedBase("std.http", CarriedValue(value={"url": "u"}), ("call/1",)),
            input=CarriedValue(value={"to": "x"}),
            sync=True,
            created=MADE,
            timeout=1.5,
        ),
    ),
    ({"cron_trigger": "t", "version": 4}, FireCronTrigger(trigger="t", version=4)),
    ({"pulse": ACTION, "attempt": "a"}, CheckHeartbeat(action=ACTION, attempt="a")),
    ({"pulse": ACTION, "attempt": "", "claim": "300"}, CheckClaim(action=ACTION, seconds=300)),
    ({"pulse": ACTION, "attempt": "", "limit": "1.5"}, CheckDeadline(action=ACTION, seconds=1.5)),
    (
        {"execution": ID, "key": "k", "payload": {"event": "TASK_FAILED"}},
        Notification(execution=ID, key="k", payload={"event": "TASK_FAILED"}),
    ),
    ({"exchange": "bus", "event": HEARD}, BusEvent(exchange="bus", event=HEARD)),
    ({"exchange": "bus", "event": HEARD, "triggers": ["t"]}, BusEvent(exchange="bus", event=HEARD, triggers=("t",))),
]
"""Messages as the code of format 1 wrote them, and what they are now."""

SAMPLES: dict[type, AnyBody] = {type(body): body for _, body in FORMAT_1}
