"""Use cases of cron triggers: start a workflow whenever a pattern of time comes true (api description 11).

How they fire is in `cron_firing`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chalicelib.core.engine.start import check_input
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import Duplicate, InvalidRequest
from chalicelib.ports import Clock, DefinitionChange, DefinitionRecord, DefinitionStore
from chalicelib.service import cron_pattern
from chalicelib.service.caller import Caller
from chalicelib.service.cron_facts import CronFacts
from chalicelib.service.cron_queue import CronQueue
from chalicelib.service.cron_records import removal
from chalicelib.service.definitions import Definitions
from chalicelib.service.definitions_kinds import CRON_TRIGGER, CRON_TWIN
from chalicelib.service.definitions_shelf import PRIVATE, Content, Shelf, check_given_scope, random_id
from chalicelib.service.trigger_content import MAX_NAME, Given

TIME_FORM = "%Y-%m-%d %H:%M"

SOONEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CronRequest:
    """What a caller wants started, and when; `workflow` is an id or a name."""

    name: str
    workflow: str | None
    pattern: str | None = None
    first: str | None = None
    """UTC, as `TIME_FORM` says."""
    remaining: int | None = None
    given: Given = field(default_factory=Given)
    scope: str | None = None


class CronTriggers:
    """Cron triggers of every project."""

    def __init__(
        self,
        store: DefinitionStore,
        definitions: Definitions,
        queue: CronQueue,
        clock: Clock,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        self._shelf = Shelf(CRON_TRIGGER, store, clock, new_id)
        self._twins = Shelf(CRON_TWIN, store, clock, new_id)
        self._store = store
        self._definitions = definitions
        self._queue = queue
        self._clock = clock

    def trigger(self, caller: Caller, identifier: str) -> DefinitionRecord:
        """The cron trigger of this id or name. Raises `NotFound`."""
        return self._shelf.found(caller, identifier)

    def triggers(self, caller: Caller) -> list[DefinitionRecord]:
        """Every cron trigger the caller can see."""
        return self._shelf.seen_by(caller)

    def given(self, ref: str) -> Given:
        """What the executions get."""
        return Given.of(self._shelf.body(ref))

    def given_of(self, refs: Collection[str]) -> dict[str, Given]:
        """The same of several triggers."""
        return {ref: Given.of(body) for ref, body in self._shelf.bodies(refs).items()}

    def create(self, caller: Caller, request: CronRequest) -> DefinitionRecord:
        """Store a new trigger, or nothing. Raises `InvalidRequest`, `InputError`, `NotFound`, `Duplicate`."""
        check_given_scope(request.scope)
        if not 0 < len(request.name) <= MAX_NAME:
            raise InvalidRequest(f"The name of a cron trigger must have 1 to {MAX_NAME} characters")
        facts = self._scheduled(request)
        workflow = self._definitions.find_workflow(caller.project_id, request.workflow or "", "")
        check_input(self._definitions.spec(workflow.ref), request.given.input)
        content = Content(
            request.name, "", request.given.body, facts={**facts.plain(), "workflow": workflow.name}, uses=workflow.id
        )
        return self._add(caller, content, facts, request)

    def delete(self, caller: Caller, identifier: str) -> None:
        """Forget a trigger."""
        self._shelf.write(removal(self._store, self._shelf.changeable(caller, identifier, "")))

    def _scheduled(self, request: CronRequest) -> CronFacts:
        """When it fires. Raises `InvalidRequest`."""
        if not request.pattern and not request.first:
            raise InvalidRequest("Pattern or first_execution_time must be specified.")
        now = self._clock.now()
        after = cron_pattern.next_time(request.pattern, now) if request.pattern else None
        first = _moment(request.first, now) if request.first else None
        if after is None and request.remaining is not None and request.remaining > 1:
            raise InvalidRequest("Pattern must be provided if count is superior to 1.")
        remaining = request.remaining if after is not None else 1
        return CronFacts(request.pattern or cron_pattern.NEVER, remaining, first, first or after or now)

    def _add(self, caller: Caller, content: Content, facts: CronFacts, request: CronRequest) -> DefinitionRecord:
        """Store a trigger together with what reserves its times, if it has both a first time and a number."""
        if self._shelf.own(caller.project_id, content.name, ""):
            raise CRON_TRIGGER.taken(content.name, "", caller.project_id)
        changes: list[DefinitionChange] = []
        if facts.first is not None and request.remaining is not None:
            twin = _digest([content.facts, content.body])
            content = replace(content, facts={**content.facts, "twin": twin})
            changes = [DefinitionChange(None, self._twins.made(caller.project_id, Content(twin, "", {}), "", PRIVATE))]
        made = self._shelf.made(caller.project_id, content, "", request.scope or PRIVATE)
        made = replace(made, due=facts.due(made.id))
        try:
            self._shelf.write([DefinitionChange(None, made), *changes])
        except Duplicate as error:
            raise CRON_TRIGGER.taken(content.name, "", caller.project_id) from error
        self._queue.made(made)
        return made


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.strptime(text, TIME_FORM).replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidRequest(str(error)) from None
    if moment < now + SOONEST:
        raise InvalidRequest("first_execution_time must be at least 1 minute in the future.")
    return moment


def _digest(content: list[JsonDict]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
