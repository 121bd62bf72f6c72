"""What workers say of the actions they were given: that they begin, that they are alive and how far, how it ended.

A report is one JSON object, the same over HTTPS, which brings back the answer, and over the queue of results, which
does not. The reply token in it is what lets it in; nothing else of who reports is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import CANCELLED, ERROR, SUCCESS, State
from chalicelib.errors import Forbidden, InvalidRequest, LostRace
from chalicelib.ports.clock import Clock
from chalicelib.ports.workers import Watch, Watches
from chalicelib.service.actions.results import Endings
from chalicelib.service.outgoing.worker_orders import FORMAT, ReplyTokens
from chalicelib.service.runs.action_status import Standing, Standings
from chalicelib.service.workers.heartbeats import Pulses

CLAIM, HEARTBEAT, RELEASE, RESULT = "claim", "heartbeat", "release", "result"
ENDS = (SUCCESS, ERROR, CANCELLED)
LONGEST_NOTE = 1024
LONGEST_NAME = 200
RACES = 4

UNTAKEN = "The result could not be taken in, however often it was tried."


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that can be read; whether it may be believed is another question."""

    kind: str
    action_id: str
    token: str
    attempt: str = ""
    state: State = SUCCESS
    result: Json = None
    given: bool = False
    """Whether there is a result."""
    percent: float | None = None
    note: str | None = None


class WorkerReports:
    """Answers reports."""

    def __init__(
        self,
        standings: Standings,
        watches: Watches,
        pulses: Pulses,
        endings: Endings,
        tokens: ReplyTokens | None,
        clock: Clock,
    ) -> None:
        """`tokens`: `None` where no workers are set up."""
        self._standings = standings
        self._watches = watches
        self._pulses = pulses
        self._endings = endings
        self._tokens = tokens
        self._clock = clock

    def answer(self, body: JsonDict) -> JsonDict:
        """Take a report in. Raises `InvalidRequest`, `Forbidden`, and what makes it worth sending again.

        A result is sent to its execution by a message. Applied here it would cost more: a commit that no message caused
        sends the outbox before it again, and so each order that other workers have by now.
        """
        report = read(body)
        if self._tokens is None:
            raise Forbidden("External workers are not set up here")
        self._tokens.check(report.action_id, report.token, self._clock.now())
        standing = self._standings.of(report.action_id)
        if report.kind == RESULT:
            return _said(self._ended(report, standing), standing)
        if standing is None or not standing.wanted:
            return _said("gone", standing)
        hear = {CLAIM: self._claimed, HEARTBEAT: self._heard, RELEASE: self._released}[report.kind]
        for _ in range(RACES):
            try:
                return hear(report, standing)
            except LostRace:
                continue
        raise LostRace(f"Action execution {report.action_id} is reported on by too many at once")

    def bury(self, body: JsonDict) -> None:
        """End an action execution whose result nobody could take in, in ERROR. Raises as `answer` does."""
        if body.get("report") == RESULT:
            self.answer({**body, "state": str(ERROR), "result": UNTAKEN})

    def _ended(self, report: Report, standing: Standing | None) -> str:
        taken = standing is not None and self._endings.end(standing, report.state, report.result, report.given)
        return "kept" if taken else "late"

    def _claimed(self, report: Report, standing: Standing) -> JsonDict:
        now, known = self._clock.now(), self._watches.find(standing.id)
        if known is not None and known.attempt == report.attempt:
            return _said("run", standing)
        if known is not None and now < self._pulses.due(known):
            wait = (self._pulses.due(known) - now).total_seconds()
            return {**_said("taken", standing), "retry_after": int(wait) + 1}
        if known is not None and not standing.safe_rerun:
            self._pulses.fail(standing)
            return _said("lost", standing)
        self._watch(known, report, now)
        return _said("run", standing)

    def _heard(self, report: Report, standing: Standing) -> JsonDict:
        known = self._watches.find(standing.id)
        if known is not None and known.attempt != report.attempt:
            return _said("gone", standing)
        self._watch(known, report, self._clock.now())
        return _said("heard", standing)

    def _released(self, report: Report, standing: Standing) -> JsonDict:
        """The worker gives the action up: from now on it counts as silent for as long as it may be."""
        known = self._watches.find(standing.id)
        if known is not None and known.attempt == report.attempt:
            silent = self._clock.now() - (self._pulses.due(known) - known.heard_at)
            self._watches.change(replace(known, heard_at=silent))
        return _said("gone", standing)

    def _watch(self, known: Watch | None, report: Report, now: datetime) -> None:
        """Keep that the worker was heard of; for an attempt that is new, a timer is set before, so that none lacks."""
        if known is None or known.attempt != report.attempt:
            self._pulses.expect(report.action_id, report.attempt)
        fresh = Watch(
            action_id=report.action_id,
            attempt=report.attempt,
            heard_at=now,
            percent=report.percent,
            note=report.note,
        )
        if known is not None:
            self._watches.change(_after(known, fresh))
        elif not self._watches.begin(fresh):
            raise LostRace(f"Action execution {report.action_id} was claimed")


def read(body: JsonDict) -> Report:
    """A report from its JSON. Raises `InvalidRequest` naming what is wrong."""
    if body.get("format") != FORMAT:
        raise InvalidRequest(f"'format' of a report must be {FORMAT}")
    kind = body.get("report")
    if kind not in (CLAIM, HEARTBEAT, RELEASE, RESULT):
        raise InvalidRequest(f"'report' must be '{CLAIM}', '{HEARTBEAT}', '{RELEASE}' or '{RESULT}'")
    action_id, token = _text(body, "action_execution_id"), _text(body, "token")
    if kind == RESULT:
        state, given = body.get("state"), "result" in body
        if state not in ENDS:
            raise InvalidRequest(f"'state' of a result must be one of {', '.join(ENDS)}")
        end = State(str(state))
        return Report(kind=RESULT, action_id=action_id, token=token, state=end, result=body.get("result"), given=given)
    progress = body.get("progress") or {}
    if not isinstance(progress, dict):
        raise InvalidRequest("'progress' of a report must be an object")
    return Report(
        kind=str(kind),
        action_id=action_id,
        token=token,
        attempt=_text(body, "attempt"),
        percent=_percent(progress.get("percent")),
        note=_note(progress.get("message")),
    )


def _after(known: Watch, fresh: Watch) -> Watch:
    """A heartbeat that says nothing of progress leaves it as it was."""
    if known.attempt == fresh.attempt:
        percent = known.percent if fresh.percent is None else fresh.percent
        fresh = replace(fresh, percent=percent, note=known.note if fresh.note is None else fresh.note)
    return replace(fresh, version=known.version)


def _said(answer: str, standing: Standing | None) -> JsonDict:
    return {"answer": answer, "state": None if standing is None else str(standing.state)}


def _text(body: JsonDict, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        raise InvalidRequest(f"'{name}' of a report must be a text of up to {LONGEST_NAME} characters")
    return value


def _percent(value: Json) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
        raise InvalidRequest("'percent' of a progress must be a number from 0 to 100")
    return value


def _note(value: Json) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_NOTE:
        raise InvalidRequest(f"'message' of a progress must be a text of up to {LONGEST_NOTE} characters")
    return value
