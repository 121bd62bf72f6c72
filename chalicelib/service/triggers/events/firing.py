"""Starts the executions of event triggers that match an incoming event.

| EventBridge | Mistral |
| --- | --- |
| the bus | exchange |
| `source` | topic, and the event's `publisher` |
| `detail-type` | event, and its `event_type` |
| `detail` | its `payload` |
| `detail.context` | its `context`, which names `project_id` and `user_id` |
| `time` | its `timestamp` |

A rule of each bus puts all its events into one queue, so that any number of triggers needs no rule of its own. What
waits for an event is found by key. The id of an execution follows from the trigger and the event, so it does not
matter how often an event comes, or where a process dies. Many triggers of one event are spread over messages that name
some of them each. One that cannot start anything says so, and keeps none of the others from it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from chalicelib.core import event_pattern, ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import LostRace, MeltemiError, Unavailable
from chalicelib.messaging.bodies import BusEvent
from chalicelib.messaging.codec import BadMessage
from chalicelib.ports.definitions import DefinitionChange, DefinitionRecord, DefinitionStore, WaitingDefinitions
from chalicelib.ports.messaging import Incoming, Message
from chalicelib.service.definitions.kinds import EVENT_TRIGGER
from chalicelib.service.definitions.repository import PUBLIC
from chalicelib.service.executions.commands import StartRequest
from chalicelib.service.triggers.content import Given, runs_for
from chalicelib.service.triggers.cron.firing import Starts
from chalicelib.service.triggers.events.triggers import waited_for

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


AT_ONCE = 25
"""How many triggers one message has fired."""


MOST_COMPARISONS = 100_000
"""How many a pattern may need for an event, and all patterns that one message has looked at; about a second."""


LATER = 300
"""Seconds until an event is looked at again that came while the service took no writes."""


_TOO_MUCH = "The pattern asks for too much of an event as large as the last one"


SHOWN = 1000
"""Characters of an error that a trigger keeps."""


log = logging.getLogger(__name__)


class EventFiring:
    """Starts what event triggers say."""

    def __init__(
        self,
        store: DefinitionStore,
        waiting: WaitingDefinitions,
        executions: Starts,
        queue: Incoming,
        owner: str | None,
        is_open: Callable[[], bool],
        at_once: int = AT_ONCE,
    ) -> None:
        """`owner`: the project whose events are that name none, `None` if they are everybody's; `is_open`: whether the
        service takes writes; events wait while it does not."""
        self._store = store
        self._waiting = waiting
        self._executions = executions
        self._queue = queue
        self._owner = owner
        self._is_open = is_open
        self._at_once = at_once

    def hear(self, body: BusEvent) -> None:
        """Start what waits for an event. Raises `BadMessage`, and `Unavailable` if some of it has to be tried again."""
        heard = Heard.of(body)
        if not self._is_open():
            return self._queue.send_incoming([Message(heard.id, heard.id, body, LATER)])
        values = event_pattern.values_in(heard.event)
        meant = self._meant(heard, list(self._candidates(heard)), values)
        if len(meant) > self._at_once:
            return self._spread(heard, meant)
        failed = [record.id for record in meant if not self._fired(record, heard, values)]
        if failed:
            raise Unavailable(f"{len(failed)} of {len(meant)} event triggers could not be fired: {failed[0]}")

    def _meant(self, heard: Heard, found: list[DefinitionRecord], values: int) -> list[DefinitionRecord]:
        """Who of `found` waits for an event of so many values: all of them, where it is for the messages of each part
        to see."""
        if len(found) > self._at_once and sum(_comparisons(record, values) for record in found) > MOST_COMPARISONS:
            return found
        return [record for record in found if _is_meant(record, heard, values)]

    def _candidates(self, heard: Heard) -> Iterable[DefinitionRecord]:
        """What may be meant, as far as keys tell."""
        project_id = heard.project_id or self._owner
        if heard.triggers:
            found = self._store.by_ids(EVENT_TRIGGER.name, heard.triggers)
            return [one for one in found if project_id in (None, one.project_id) or one.scope == PUBLIC]
        key = waited_for(heard.exchange, heard.topic, heard.type)
        return self._waiting.waiting(EVENT_TRIGGER.name, key, project_id)

    def _spread(self, heard: Heard, records: Sequence[DefinitionRecord]) -> None:
        """Have parts of the triggers fired by other messages; sent again, they start nothing twice."""
        found, size = [record.id for record in records], self._at_once
        parts = [found[start : start + size] for start in range(0, len(found), size)]
        self._queue.send_incoming([Message(heard.id, f"{heard.id}-{part[0]}", heard.body(part)) for part in parts])

    def _fired(self, record: DefinitionRecord, heard: Heard, values: int) -> bool:
        """Start an execution, unless there is one; whether that need not be tried again."""
        try:
            too_much = _comparisons(record, values) > MOST_COMPARISONS
            self._note(record, _TOO_MUCH if too_much else self._start(record, heard))
        except MeltemiError as error:
            log.warning("event trigger %s could not be fired by %s: %s", record.id, heard.id, error.message)
            return False
        except Exception:  # whatever is wrong with one trigger, the others are to be fired
            log.exception("event trigger %s could not be fired by %s", record.id, heard.id)
            return False
        return True

    def _start(self, record: DefinitionRecord, heard: Heard) -> str | None:
        """Start the execution; why it was refused."""
        request = _start_request(record, Given.of(self._store.text(record.ref).body), heard)
        try:
            self._executions.start(runs_for(record), request)
        except MeltemiError as error:
            if error.retryable:
                raise
            log.warning("event trigger %s started nothing for %s: %s", record.id, heard.id, error.message)
            return error.message[:SHOWN]
        return None

    def _note(self, record: DefinitionRecord, error: str | None) -> None:
        """Have a trigger say why it started nothing the last time; costs something only when that changes."""
        if record.facts.get("error") == error:
            return
        noted = replace(record, version=record.version + 1, facts={**record.facts, "error": error})
        try:
            self._store.write([DefinitionChange(record, noted)])
        except LostRace:  # it was changed meanwhile, or another event has said so
            return


def _is_meant(record: DefinitionRecord, heard: Heard, values: int) -> bool:
    """Whether a trigger waits for this event, or cannot tell and has to say so; keys may be too long to tell."""
    facts, pattern = record.facts, record.facts.get("pattern")
    if (facts["exchange"], facts["topic"], facts["event"]) != (heard.exchange, heard.topic, heard.type):
        return False
    if not isinstance(pattern, dict) or _comparisons(record, values) > MOST_COMPARISONS:
        return True
    return event_pattern.matches(pattern, heard.event)


def _comparisons(record: DefinitionRecord, values: int) -> int:
    """How many the pattern of a trigger may need for an event of so many values."""
    pattern = record.facts.get("pattern")
    return event_pattern.comparisons(pattern, values) if isinstance(pattern, dict) else 0


def _start_request(record: DefinitionRecord, given: Given, heard: Heard) -> StartRequest:
    """What a trigger starts (engine rules §23)."""
    triggered_by: Json = {"type": "event_trigger", "id": record.id, "name": record.facts["name"]}
    description = {
        "description": f"Workflow execution created by event trigger '({record.id})'.",
        "triggered_by": triggered_by,
    }
    return StartRequest(
        workflow=record.uses,
        input=given.input,
        params={**given.params, PARAMETER: heard.params},
        description=json.dumps(description),
        id=heard.execution_id(record.id),
    )
