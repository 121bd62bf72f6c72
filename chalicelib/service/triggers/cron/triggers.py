"""Use cases of cron triggers: start a workflow whenever a pattern of time comes true (API rules §11).

How they fire is in `cron_firing`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from chalicelib.core.engine.run.start import check_input
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import Duplicate, InvalidRequest
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import DefinitionChange, DefinitionRecord, DefinitionStore, DefinitionText
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.kinds import CRON_TRIGGER, CRON_TWIN
from chalicelib.service.definitions.repository import PRIVATE, Content, Shelf, check_given_scope, random_id
from chalicelib.service.definitions.workflows import Definitions
from chalicelib.service.triggers.content import MAX_NAME, Given, Triggers, made_by
from chalicelib.service.triggers.cron import expression as cron_expression
from chalicelib.service.triggers.cron.dispatch import CronQueue
from chalicelib.service.triggers.cron.schedule import CronFacts, CronOptions, facts_of, removal, with_facts

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
    options: CronOptions = field(default_factory=CronOptions)


@dataclass(frozen=True, slots=True)
class CronChange:
    """What is to change; `None` where nothing is."""

    pattern: str | None = None
    remaining: int | None = None
    input: JsonDict | None = None
    params: JsonDict | None = None
    options: CronOptions = field(default_factory=CronOptions)


class CronTriggers(Triggers):
    """Cron triggers of every project."""

    def __init__(
        self,
        store: DefinitionStore,
        definitions: Definitions,
        queue: CronQueue,
        clock: Clock,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        super().__init__(Shelf(CRON_TRIGGER, store, clock, new_id))
        self._twins = Shelf(CRON_TWIN, store, clock, new_id)
        self._store = store
        self._definitions = definitions
        self._queue = queue
        self._clock = clock

    def changeable(self, caller: Caller, identifier: str) -> DefinitionRecord:
        """The trigger that the caller may do something with. Raises `NotFound`, or `Forbidden` if it is another's."""
        return self._shelf.changeable(caller, identifier, "")

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

    def update(self, caller: Caller, identifier: str, change: CronChange) -> DefinitionRecord:
        """Change when a trigger fires, or what it gives; its next fire time is then the next one from now.

        Raises as `create`, and `LostRace` if it fires meanwhile.
        """
        old = self.changeable(caller, identifier)
        now, before = self._clock.now(), facts_of(old.facts)
        given = self.given(old.ref)
        given = Given(
            given.input if change.input is None else change.input,
            given.params if change.params is None else change.params,
        )
        if change.input is not None:
            check_input(self._definitions.spec(self._workflow_of(old).ref), given.input)
        pattern, once = change.pattern or before.pattern, before.once and not change.pattern
        remaining = change.remaining or before.remaining
        facts = change.options.applied(replace(before, pattern=pattern, once=once, remaining=remaining))
        ref = self._store.save_text(old.id, DefinitionText("", given.body))
        renewed = with_facts(replace(old, ref=ref), _rescheduled(before, facts, now), now)
        self._shelf.write([DefinitionChange(old, renewed)])
        self._queue.made(renewed)
        return renewed

    def fire_times(self, caller: Caller, identifier: str, count: int) -> list[datetime]:
        """The next times at which a trigger fires, or would if it were not paused, at most `count`."""
        facts = facts_of(self.trigger(caller, identifier).facts)
        left = count if facts.remaining is None else min(count, facts.remaining)
        return list(islice(facts.coming(), left))

    def _workflow_of(self, trigger: DefinitionRecord) -> DefinitionRecord:
        return self._definitions.find_workflow(trigger.project_id, trigger.uses or "", "")

    def delete(self, caller: Caller, identifier: str) -> None:
        """Forget a trigger."""
        self._shelf.write(removal(self._store, self.changeable(caller, identifier)))

    def _scheduled(self, request: CronRequest) -> CronFacts:
        """When it fires. Raises `InvalidRequest`."""
        if not request.pattern and not request.first:
            raise InvalidRequest("Pattern or first_execution_time must be specified.")
        now = self._clock.now()
        zone = request.options.timezone
        after = cron_expression.next_time(request.pattern, now, zone) if request.pattern else None
        first = _moment(request.first, now) if request.first else None
        if after is None and request.remaining is not None and request.remaining > 1:
            raise InvalidRequest("Pattern must be provided if count is superior to 1.")
        remaining = request.remaining if after is not None else 1
        pattern, once = request.pattern or cron_expression.NEVER, not request.pattern
        facts = CronFacts(pattern, remaining, first, first or after or now, once=once)
        return request.options.applied(facts)

    def _add(self, caller: Caller, content: Content, facts: CronFacts, request: CronRequest) -> DefinitionRecord:
        """Store a trigger together with what reserves its times, if it has both a first time and a number."""
        if self._shelf.own(caller.project_id, content.name, ""):
            raise CRON_TRIGGER.taken(content.name, "", caller.project_id)
        changes: list[DefinitionChange] = []
        if facts.first is not None and request.remaining is not None:
            twin = _digest([content.facts, content.body])
            content = replace(content, facts={**content.facts, "twin": twin})
            changes = [DefinitionChange(None, self._twins.made(caller.project_id, Content(twin, "", {}), "", PRIVATE))]
        content = replace(content, facts={**content.facts, **made_by(caller)})  # after the twin, which is the project's
        made = self._shelf.made(caller.project_id, content, "", request.scope or PRIVATE)
        made = replace(made, due=facts.due(made.id))
        try:
            self._shelf.write([DefinitionChange(None, made), *changes])
        except Duplicate as error:
            raise CRON_TRIGGER.taken(content.name, "", caller.project_id) from error
        self._queue.made(made)
        return made


def _rescheduled(before: CronFacts, after: CronFacts, now: datetime) -> CronFacts:
    """The facts with a next time that the pattern gives from now on, if what that depends on has changed.

    Raises `InvalidRequest` if there is no pattern and the one time has passed.
    """
    stays = _clockwork(before) == _clockwork(after)
    to_come = after.next > now and (after.next == after.first or after.once)
    if stays or to_come or (after.once and after.paused):
        return after
    if after.once:
        raise InvalidRequest("The one time at which this trigger fires has passed; give it a pattern, or run it now")
    return replace(after, next=cron_expression.next_time(after.pattern, now, after.timezone))


def _clockwork(facts: CronFacts) -> tuple[object, ...]:
    return facts.pattern, facts.once, facts.timezone, facts.paused


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
