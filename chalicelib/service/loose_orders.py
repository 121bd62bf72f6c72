"""What an executor is told of a loose action execution: everything, so that it can store it too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.bases import Base
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.model import Action
from chalicelib.core.states import RUNNING
from chalicelib.ports import Message
from chalicelib.ports_loose import NO_KEY, LooseAction
from chalicelib.service.messages import BadMessage, value_in, value_out


@dataclass(frozen=True, slots=True)
class LooseOrder:
    """An action execution as it is stored, its time limit (0: none), and whose workers are to run it, if any."""

    loose: LooseAction
    timeout: float
    target: str | None = None


def order_message(loose: LooseAction, timeout: float, target: str | None = None) -> Message:
    """The message that has an executor carry it out within `timeout` seconds (0: no limit)."""
    body: JsonDict = {
        "loose": loose.id,
        "project": loose.project_id,
        "description": loose.description,
        "namespace": loose.namespace,
        "name": loose.action.name,
        "input": value_out(loose.action.input),
        "base": _base_out(loose.action.base),
        "sync": loose.action.is_sync,
        "created": loose.action.created_at.isoformat(),
        "timeout": timeout,
        "target": target,
    }
    return Message(str(loose.id), str(loose.id), body)


def ordered(body: JsonDict) -> LooseOrder:
    """What a message orders. Raises `BadMessage`."""
    try:
        created = datetime.fromisoformat(str(body["created"]))
        action = Action(
            NO_KEY,
            str(body["name"]),
            RUNNING,
            value_in(body["input"]),
            created_at=created,
            updated_at=created,
            is_sync=bool(body["sync"]),
            base=_base_in(body.get("base")),
        )
        description = body["description"]
        loose = LooseAction(
            id=str(body["loose"]),
            project_id=str(body["project"]),
            description=None if description is None else str(description),
            namespace=str(body.get("namespace", "")),
            action=action,
        )
        target = body.get("target")
        return LooseOrder(loose, float(str(body["timeout"])), None if target is None else str(target))
    except (KeyError, ValueError) as error:
        raise BadMessage(f"A message to the executor cannot be read: {error}") from error


def _base_out(base: Base | None) -> JsonDict | None:
    return None if base is None else {"name": base.name, "input": value_out(base.input), "versions": [*base.versions]}


def _base_in(plain: object) -> Base | None:
    if not isinstance(plain, dict):
        return None
    return Base(str(plain["name"]), value_in(plain["input"]), tuple(map(str, plain["versions"])))
