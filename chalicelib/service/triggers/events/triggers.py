"""Use cases of event triggers: start a workflow whenever an event arrives (API rules §12).

How they fire is in `event_firing`. A record is keyed by what it waits for, so that all that wait for one event are
neighbours: those of a project, the public ones, and in the index of their kind those of all projects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from urllib.parse import quote

from chalicelib.core import event_pattern
from chalicelib.core.engine.run.start import check_input
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import InvalidRequest, NotFound
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import AnyBus, Buses, DefinitionRecord, DefinitionStore
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.kinds import EVENT_TRIGGER
from chalicelib.service.definitions.repository import PRIVATE, Content, Shelf, check_given_scope, random_id
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.triggers.content import MAX_NAME, Given, Triggers, made_by, still_made_by

MAX_EVENT = 80

NO_BUS = "There is no event bus '{}' in this account and region, so no event comes until it is made and has a rule"
"""Said of a new or changed trigger; the next event that starts an execution clears it."""

MAX_KEY = 400
"""Bytes of what is waited for as a key; what is longer is replaced by its hash."""


def waited_for(exchange: str, topic: str, event: str) -> str:
    """What a trigger waits for, as a text that no other has: the namespace of its record."""
    key = ", ".join(quote(part, safe=" /:.") for part in (exchange, topic, event))
    return key if len(quote(key, safe="")) <= MAX_KEY else hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class EventRequest:
    """What is waited for and what it starts."""

    exchange: str
    topic: str
    event: str
    workflow_id: str
    name: str = ""
    given: Given = field(default_factory=Given)
    scope: str | None = None
    pattern: JsonDict | None = None
    """Which of these events are meant, as EventBridge's patterns say it; `None`: all."""

    @property
    def key(self) -> str:
        """What is waited for, as a text that no other has."""
        return waited_for(self.exchange, self.topic, self.event)


@dataclass(frozen=True, slots=True)
class EventChange:
    """What is to change; `None` where nothing is."""

    name: str | None = None
    workflow_id: str | None = None
    input: JsonDict | None = None
    params: JsonDict | None = None
    scope: str | None = None
    pattern: JsonDict | None = None
    """One without members: all events are meant."""


class EventTriggers(Triggers):
    """Event triggers of every project."""

    def __init__(
        self,
        store: DefinitionStore,
        definitions: Definitions,
        clock: Clock,
        new_id: Callable[[], str] = random_id,
        buses: Buses | None = None,
    ) -> None:
        super().__init__(Shelf(EVENT_TRIGGER, store, clock, new_id))
        self._definitions = definitions
        self._buses = buses or AnyBus()

    def create(self, caller: Caller, request: EventRequest) -> DefinitionRecord:
        """Store a new trigger, or nothing. Raises `InvalidRequest`, `InputError`, `NotFound`, `Duplicate`.

        One that waits at a bus that is not there is stored with an error that says so: the bus may be made later.
        """
        check_given_scope(request.scope)
        _check(request)
        workflow = self._workflow(caller.project_id, request.workflow_id)
        check_input(self._definitions.spec(workflow.ref), request.given.input)
        content = self._content(request, made_by(caller))
        return self._shelf.add(caller.project_id, [content], request.key, request.scope or PRIVATE)[0]

    def update(self, caller: Caller, identifier: str, change: EventChange) -> DefinitionRecord:
        """Change what is given; the input is not checked again, as Mistral does not either. Raises as `create`."""
        check_given_scope(change.scope)
        old = self._shelf.changeable(caller, identifier, "")
        if change.workflow_id is not None and change.workflow_id != old.name:
            self._workflow(old.project_id, change.workflow_id)
        request = _request(old, self.given(old.ref), change)
        _check(request)
        return self._shelf.renew([(old, self._content(request, still_made_by(old)))], request.scope or old.scope)[0]

    def delete(self, caller: Caller, identifier: str) -> None:
        """Forget a trigger."""
        self._shelf.remove(self._shelf.changeable(caller, identifier, ""))

    def _content(self, request: EventRequest, maker: JsonDict) -> Content:
        facts: JsonDict = {
            "exchange": request.exchange,
            "topic": request.topic,
            "event": request.event,
            "name": request.name,
            "pattern": request.pattern,
            "error": NO_BUS.format(request.exchange) if self._buses.lacks(request.exchange) else None,
            **maker,
        }
        return Content(request.workflow_id, "", request.given.body, facts=facts, uses=request.workflow_id)

    def _workflow(self, project_id: str, workflow_id: str) -> DefinitionRecord:
        try:
            return self._definitions.find_workflow(project_id, workflow_id, "")
        except NotFound:
            raise NotFound(f"Workflow not found [workflow_id={workflow_id}]") from None


def refuse_moves(changed: Collection[str]) -> None:
    """Raise if what a trigger waits for is among what is to change."""
    if {"exchange", "topic", "event"} & set(changed):
        raise InvalidRequest("Can not update fields ['exchange', 'topic', 'event'] of event trigger.")


def _request(old: DefinitionRecord, given: Given, change: EventChange) -> EventRequest:
    facts = old.facts
    return EventRequest(
        str(facts["exchange"]),
        str(facts["topic"]),
        str(facts["event"]),
        change.workflow_id or old.name,
        str(facts["name"]) if change.name is None else change.name,
        Given(
            given.input if change.input is None else change.input,
            given.params if change.params is None else change.params,
        ),
        change.scope,
        _object(facts.get("pattern")) if change.pattern is None else change.pattern or None,
    )


def _object(plain: Json) -> JsonDict | None:
    return plain if isinstance(plain, dict) else None


def _check(request: EventRequest) -> None:
    if len(request.name) > MAX_NAME:
        raise InvalidRequest(f"The name of an event trigger must not exceed {MAX_NAME} characters")
    if max(len(request.exchange), len(request.topic), len(request.event)) > MAX_EVENT:
        raise InvalidRequest(f"'exchange', 'topic' and 'event' must not exceed {MAX_EVENT} characters each")
    if request.pattern is not None:
        event_pattern.check(request.pattern)
