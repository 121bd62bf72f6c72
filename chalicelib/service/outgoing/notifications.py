"""Notifications on their way: a promise in the outbox, a message, and what a publisher shows (engine rules §24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.core import ids
from chalicelib.core.engine.state.effects import Notify
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Run, Task
from chalicelib.core.values import TaskKey
from chalicelib.messaging.bodies import Notification
from chalicelib.ports.messaging import Message

SERVICE = "service"
"""The type of listener that stands for those of the service."""


def promise(notice: Notify) -> JsonDict:
    """The outbox entry: what may have changed by the time at which it is sent."""
    task = None if notice.task is None else _task(notice.task)
    return {"notice": notice.event, "state": str(notice.state), "info": notice.info, "of": task}


def sent(run: Run, entries: Sequence[JsonDict]) -> list[Message]:
    """The messages that an outbox promises, in order; sent again they are the same."""
    part = ids.partition(run.start.id)
    found = [entry for entry in entries if "notice" in entry]
    return [
        Message(part, key, _body(run, entry, key))
        for place, entry in enumerate(found)
        for key in [f"{run.start.id}-{run.head.version}-{place}"]
    ]


def _task(task: Task) -> JsonDict:
    return {
        "key": [*task.key],
        "name": task.name,
        "type": task.kind,
        "created_at": _text(task.created_at),
        "started_at": _text(task.started_at),
        "finished_at": _text(task.finished_at),
    }


def standing_for(listeners: Sequence[JsonDict]) -> JsonDict | None:
    """The entry of `notify` that stands for the service's own listeners, whose headers nobody else needs to see."""
    if not listeners:
        return None
    wanted = [one.get("event_types") for one in listeners]
    if not all(isinstance(types, list) and types for types in wanted):
        return {"type": SERVICE}
    return {"type": SERVICE, "event_types": [*sorted({str(one) for types in wanted for one in _list(types)})]}


def _list(plain: Json) -> list[Json]:
    return plain if isinstance(plain, list) else []


def _body(run: Run, entry: JsonDict, key: str) -> Notification:
    return Notification(execution=run.start.id, key=key, payload=_payload(run, entry))


def _payload(run: Run, entry: JsonDict) -> JsonDict:
    start, task = run.start, entry["of"]
    common: JsonDict = {
        "workflow_name": start.workflow_name,
        "workflow_namespace": start.workflow_namespace,
        "workflow_id": start.workflow_id,
        "state": entry["state"],
        "state_info": entry["info"],
        "project_id": start.project_id,
        "updated_at": _text(run.head.updated_at),
        "event": entry["notice"],
    }
    if isinstance(task, dict):
        return {**_of_task(start.id, task), **common}
    return {
        "id": start.id,
        "name": start.workflow_name,
        "task_execution_id": start.task_execution_id,
        "root_execution_id": start.root_execution_id,
        "created_at": _text(start.created_at),
        **common,
    }


def _of_task(execution_id: str, task: JsonDict) -> JsonDict:
    key = task["key"]
    place, instance = (int(str(number)) for number in key) if isinstance(key, list) else (0, 0)
    shown: dict[str, Json] = {name: task[name] for name in ("name", "type", "created_at", "started_at", "finished_at")}
    task_id = ids.task_id(ids.partition(execution_id), TaskKey(place, instance))
    return {"id": task_id, "workflow_execution_id": execution_id, **shown}


def _text(moment: datetime | None) -> str | None:
    """A time as the API shows it."""
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S")
