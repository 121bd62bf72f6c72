"""Links by which somebody without credentials approves or rejects, once, what a task waits for.

The token in a link is random and kept as its hash alone. Looking at a link changes nothing, as mail programs and chats
do that by themselves. The first answer is kept before anything is done about it; whatever comes later, and
whatever dies in between, the link stands for that answer and for those who waited at that time. So a link that is
opened once more carries out what was decided, and cannot decide anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import Duplicate, InvalidRequest, NotFound
from chalicelib.ports import Clock
from chalicelib.ports_signals import LinkStore, SignalLink, Waiting
from chalicelib.service.caller import Caller
from chalicelib.service.signals import Signals, check_key
from chalicelib.service.tokens import digest

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
