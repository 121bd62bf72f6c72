"""Messages as tests look at them: the body of an expected kind, an event that is brought, the way over a queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from chalicelib.core.engine.state.events import Event
from chalicelib.core.jsontext import dumps
from chalicelib.messaging import codec
from chalicelib.messaging.bodies import AnyBody, Body, EngineEvent
from chalicelib.ports.messaging import Message
from chalicelib.service.outgoing import messages

T = TypeVar("T", bound=Body)


def body_of(kind: type[T], message: Message) -> T:
    """The body of a message, which has to be of this kind."""
    assert isinstance(message.body, kind), message.body
    return message.body


def sent(kind: type[T], message: Message) -> T:
    """The body of a message as it comes out of a queue, which has to be of this kind."""
    read = codec.decode(codec.encode(message.body))
    assert isinstance(read, kind), read
    return read


def event_of(message: Message) -> Event:
    """The event of the engine that a message brings, over a queue."""
    body = codec.decode(codec.encode(message.body))
    assert isinstance(body, EngineEvent), body
    return messages.event(body)


def lambda_event(*found: AnyBody | Mapping[str, Any] | str, group: str = "g", count: int = 1) -> dict[str, Any]:
    """What Lambda gets for messages: bodies, JSON objects or texts; they are called m0, m1 and so on."""
    attributes = {"MessageGroupId": group, "ApproximateReceiveCount": str(count)}
    return {
        "Records": [
            {"messageId": f"m{number}", "body": _text(one), "attributes": attributes}
            for number, one in enumerate(found)
        ]
    }


def failed(*numbers: int) -> dict[str, Any]:
    """The answer of a handler that names these messages of `lambda_event` as failed."""
    return {"batchItemFailures": [{"itemIdentifier": f"m{number}"} for number in numbers]}


def _text(found: AnyBody | Mapping[str, Any] | str) -> str:
    if isinstance(found, str):
        return found
    return codec.encode(found) if isinstance(found, Body) else dumps(dict(found))
