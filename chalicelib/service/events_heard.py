"""An event that came over a bus, in EventBridge's words and in Mistral's (engine rules §23).

| EventBridge | Mistral |
| --- | --- |
| the bus | exchange |
| `source` | topic, and the event's `publisher` |
| `detail-type` | event, and its `event_type` |
| `detail` | its `payload` |
| `detail.context` | its `context`, which names `project_id` and `user_id` |
| `time` | its `timestamp` |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.messaging.bodies import BusEvent
from chalicelib.messaging.codec import BadMessage

PARAMETER = "event_params"
"""The parameter of an execution that says which event started it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One event, and the bus that it came over."""

    exchange: str
    event: JsonDict
    """As EventBridge delivers it."""
    triggers: tuple[str, ...] = ()
    """Ids of the triggers that this message is about; none: all that wait for it."""

    @classmethod
    def of(cls, body: BusEvent) -> Heard:
        """What a message says. Raises `BadMessage`."""
        if not all(isinstance(body.event.get(name), str) for name in ("id", "source", "detail-type")):
            raise BadMessage("An event must have the members id, source and detail-type, all of them text")
        return cls(body.exchange, body.event, body.triggers)

    def body(self, triggers: Iterable[str] = ()) -> BusEvent:
        """The message that says so, about all triggers or about these."""
        return BusEvent(exchange=self.exchange, event=self.event, triggers=tuple(triggers))

    @property
    def id(self) -> str:
        """What the bus calls this event."""
        return str(self.event["id"])

    @property
    def topic(self) -> str:
        """Who sent it."""
        return str(self.event["source"])

    @property
    def type(self) -> str:
        """What has happened."""
        return str(self.event["detail-type"])

    @property
    def project_id(self) -> str | None:
        """The project that it names as its own."""
        found = self._context.get("project_id")
        return found if isinstance(found, str) else None

    @property
    def params(self) -> JsonDict:
        """What workflows see of it: Mistral's default properties, and what it carries."""
        context = self._context
        return {
            "service": self.topic,
            "project_id": context.get("project_id"),
            "user_id": context.get("user_id"),
            "timestamp": self.event.get("time"),
            "event_type": self.type,
            "event_id": self.id,
            "payload": self.event.get("detail"),
        }

    def execution_id(self, trigger_id: str) -> str:
        """The id of the execution that a trigger starts for it: whoever starts it again finds it there."""
        return ids.derived_uuid("event trigger", trigger_id, self.exchange, self.id)

    @property
    def _context(self) -> JsonDict:
        detail = self.event.get("detail")
        context: Json = detail.get("context") if isinstance(detail, dict) else None
        return context if isinstance(context, dict) else {}
