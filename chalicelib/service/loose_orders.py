"""What an executor is told of a loose action execution: everything, so that it can store it too."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.model import Action
from chalicelib.core.states import RUNNING
from chalicelib.messaging.bodies import CarriedBase, CarriedValue, RunStandaloneAction
from chalicelib.ports import Message
from chalicelib.ports_loose import NO_KEY, LooseAction


@dataclass(frozen=True, slots=True)
class LooseOrder:
    """An action execution as it is stored, its time limit (0: none), and whose workers are to run it, if any."""

    loose: LooseAction
    timeout: float
    target: str | None = None


def order_message(loose: LooseAction, timeout: float, target: str | None = None) -> Message:
    """The message that has an executor carry it out within `timeout` seconds (0: no limit)."""
    body = RunStandaloneAction(
        action=str(loose.id),
        project=loose.project_id,
        description=loose.description,
        namespace=loose.namespace,
        name=loose.action.name,
        input=CarriedValue.of(loose.action.input),
        base=None if loose.action.base is None else CarriedBase.of(loose.action.base),
        sync=loose.action.is_sync,
        created=loose.action.created_at,
        timeout=timeout,
        target=target,
    )
    return Message(body.action, body.action, body)


def ordered(body: RunStandaloneAction) -> LooseOrder:
    """The order that a message brings."""
    action = Action(
        NO_KEY,
        body.name,
        RUNNING,
        body.input.content,
        created_at=body.created,
        updated_at=body.created,
        is_sync=body.sync,
        base=None if body.base is None else body.base.content,
    )
    loose = LooseAction(
        id=body.action,
        project_id=body.project,
        description=body.description,
        namespace=body.namespace,
        action=action,
    )
    return LooseOrder(loose, body.timeout, body.target)
