"""Signals: values that tasks wait for, and the links by which people answer.

Who waits is a row below the project and the key, written by the action `std.wait_signal`. A signal ends those action
executions and then removes their rows. An action execution takes one result, so it does not matter if either is done
again: who dies in between has the signal sent again, and nobody gets a second result.

The token in a link is random and kept as its hash alone. Looking at a link changes nothing, as mail programs and chats
do that by themselves. The first answer is kept before anything is done about it; whatever comes later, and
whatever dies in between, the link stands for that answer and for those who waited at that time. So a link that is
opened once more carries out what was decided, and cannot decide anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from chalicelib.core import ids
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Action, Run, Task
from chalicelib.errors import Duplicate, IllegalTransition, InvalidRequest, MeltemiError, NotFound
from chalicelib.ports.clock import Clock
from chalicelib.ports.runs import Runs
from chalicelib.ports.signals import LinkStore, SignalLink, SignalStore, Waiting
from chalicelib.service.access.api_tokens import digest
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.repository import check_addressable
from chalicelib.service.runs.action_status import Standing

MOST = 500
"""How many action executions one signal ends: as many as a request has time for."""


MAX_KEY = 255
"""Characters."""


ENDS = ("SUCCESS", "ERROR", "CANCELLED")


class Completes(Protocol):
    """Brings results, and knows them: `Executions`."""

    def complete_action(
        self, caller: Caller, action_id: str, state: str, output: Json, given: bool
    ) -> tuple[Run, Task, Action]:
        """Bring the result of an action execution. Raises `IllegalTransition` if it has one, `NotFound`."""
        ...

    def has_result(self, caller: Caller, action_id: str, state: str, output: Json) -> bool:
        """Whether an action execution ended with just that."""
        ...


class Signals:
    """Use cases of signals."""

    def __init__(
        self,
        store: SignalStore,
        runs: Runs,
        standing: Callable[[str], Standing | None],
        executions: Completes,
        clock: Clock,
    ) -> None:
        """`standing`: how an action execution stands."""
        self._store = store
        self._runs = runs
        self._standing = standing
        self._executions = executions
        self._clock = clock

    def project_of(self, execution_id: str | None) -> str:
        """Whose an execution is. Raises `MeltemiError` where there is none."""
        run = self._runs.run(ids.partition(execution_id)) if execution_id else None
        if run is None:
            raise MeltemiError("Signals are for actions of workflows only")
        return run.start.project_id

    def wait(self, key: str, execution_id: str | None, action_id: str | None) -> None:
        """Have an action execution end when the signal comes. Raises `MeltemiError` if it belongs to no execution."""
        project_id = self.project_of(execution_id)
        waiting = Waiting(str(execution_id), str(action_id), self._clock.now())
        self._store.add(project_id, check_key(key), waiting)
        if not self._is_wanted(waiting):  # orders may come again, and late
            self._store.remove(project_id, key, [waiting])

    def waiting(self, caller: Caller, key: str) -> list[Waiting]:
        """Who of the caller's project waits for a key, at most `MOST`; those who timed out may be among them."""
        return self._store.waiting(caller.project_id, check_key(key), MOST)

    def awaited(self, caller: Caller, key: str) -> list[Waiting]:
        """Who waits for a key, if a task still does; else nobody."""
        waiting = self.waiting(caller, key)
        return waiting if any(map(self._is_wanted, waiting)) else []

    def was_heard(self, caller: Caller, waiting: Sequence[Waiting], state: str, output: Json) -> bool:
        """Whether one of those who waited ended with just that."""
        return any(self._executions.has_result(caller, one.action_id, state, output) for one in waiting)

    def send(self, caller: Caller, key: str, state: str, output: Json) -> list[str]:
        """End what waits for a key; the ids of those action executions. Raises `InvalidRequest`, and `NotFound` if
        nobody waits: signals are not kept for later."""
        if state not in ENDS:
            raise InvalidRequest(f"state must be one of {', '.join(ENDS)}, not {state!r}")
        ended = self.end(caller, key, state, output)
        if not ended:
            raise NotFound(f"No task waits for the signal {key!r}: send it again when one does")
        return ended

    def end(self, caller: Caller, key: str, state: str, output: Json, before: datetime | None = None) -> list[str]:
        """As `send`, but it is fine if nobody waits; `before`: only those who have waited since then."""
        ended: list[str] = []
        while not ended:  # those who are over by now must not hide others behind them
            page = self.waiting(caller, key)
            found = [one for one in page if before is None or one.since <= before]
            ended = [one.action_id for one in found if self._ended(caller, one, state, output)]
            if found:
                self._store.remove(caller.project_id, key, found)
            if len(page) < MOST or not found:
                break
        return ended

    def _is_wanted(self, waiting: Waiting) -> bool:
        """Whether a task still waits for it: it has not timed out, been cancelled, or tried again."""
        standing = self._standing(waiting.action_id)
        return standing is not None and standing.wanted

    def _ended(self, caller: Caller, waiting: Waiting, state: str, output: Json) -> bool:
        """Bring a result; whether it was still wanted."""
        if not self._is_wanted(waiting):
            return False
        try:
            self._executions.complete_action(caller, waiting.action_id, state, output, True)
        except (IllegalTransition, NotFound):  # just now
            return False
        return True


def check_key(key: str) -> str:
    """`key`. Raises `InvalidRequest` unless it can be one."""
    if not 0 < len(key) <= MAX_KEY:
        raise InvalidRequest(f"The key of a signal must have 1 to {MAX_KEY} characters")
    check_addressable(key)
    return key


PATH = "/v2/links"


MAX_TEXT = 2000


MAX_COMMENT = 10_000


LONGEST = 365 * 24 * 3600
"""Seconds that a link may hold."""


class Made(NamedTuple):
    """A new link, which nobody can show again."""

    url: str
    expires_at: datetime


class SignalLinks:
    """Use cases of links."""

    def __init__(
        self, store: LinkStore, signals: Signals, clock: Clock, new_token: Callable[[], str], base: str = ""
    ) -> None:
        """`base`: where the API is to be found; without one, links are paths."""
        self._store = store
        self._signals = signals
        self._clock = clock
        self._new_token = new_token
        self._base = base

    def make(self, project_id: str, key: str, text: str, seconds: float) -> Made:
        """A link that asks `text` and holds so many seconds. Raises `InvalidRequest`."""
        if not 0 < seconds <= LONGEST:
            raise InvalidRequest(f"expires must be 1 to {LONGEST} seconds, not {seconds:g}")
        if len(text) > MAX_TEXT:
            raise InvalidRequest(f"text must not exceed {MAX_TEXT} characters")
        token, until = self._new_token(), self._clock.now() + timedelta(seconds=seconds)
        link = SignalLink(digest=digest(token), project_id=project_id, key=check_key(key), text=text, expires_at=until)
        self._store.keep(link)
        return Made(f"{self._base}{PATH}/{token}", until)

    def make_for(self, execution_id: str | None, key: str, text: str, seconds: float) -> str:
        """The same for an action; the URL. Raises as `make`, and `MeltemiError` if there is no such execution."""
        return self.make(self._signals.project_of(execution_id), key, text, seconds).url

    def show(self, token: str) -> SignalLink:
        """What a link asks, and how it was answered. Raises `NotFound` for one that never was, or is over."""
        link = self._store.find(digest(token))
        if link is None or (link.answer is None and link.expires_at <= self._clock.now()):
            raise NotFound("This link is not valid, or not any more")
        if link.answer is not None:
            self._carry_out(link)
        return link

    def answer(self, token: str, approved: bool, comment: str = "") -> SignalLink:
        """Answer; the link as it is then.

        Raises as `show`, `NotFound` if nobody waits for an answer (the link can be used later then), and `Duplicate` if
        it was answered otherwise, or if what waited got its result elsewhere at the same moment: then this answer does
        not count, and the link is spent.
        """
        if len(comment) > MAX_COMMENT:
            raise InvalidRequest(f"comment must not exceed {MAX_COMMENT} characters")
        link = self.show(token)
        if link.answer is None:
            waiting = self._signals.awaited(Caller(link.project_id), link.key)
            if not waiting:
                raise NotFound("Nothing waits for this answer: not yet, or not any more")
            said: JsonDict = {"approved": approved, "comment": comment}
            # the clock of who waits may be ahead of this one
            now = max(self._clock.now(), *(one.since for one in waiting))
            link = self._store.use(replace(link, used_at=now, answer=said))
            self._decide(link, waiting)
        if link.answer is None or link.answer["approved"] is not approved:
            raise Duplicate("This link was used before, with the other answer")
        return link

    def _decide(self, link: SignalLink, waiting: Sequence[Waiting]) -> None:
        """Carry an answer out. Raises `Duplicate` if it comes too late, and nobody got it."""
        if self._carry_out(link) or self._signals.was_heard(Caller(link.project_id), waiting, "SUCCESS", link.answer):
            return  # the latter: somebody who looked at this link was quicker to carry it out
        self._store.forget(link)
        raise Duplicate("Somebody else was quicker: this answer does not count, and the link holds no longer")

    def _carry_out(self, link: SignalLink) -> list[str]:
        """Whom the answer of a link has ended now."""
        return self._signals.end(Caller(link.project_id), link.key, "SUCCESS", link.answer, link.used_at)
