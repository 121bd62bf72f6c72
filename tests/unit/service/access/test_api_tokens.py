"""API tokens: shown once, kept as a hash, refused when they are over or revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.errors import InvalidRequest, NotFound, Unauthorized, Unavailable
from chalicelib.ports.access import Identity, TokenRecord
from chalicelib.service.access.api_tokens import PREFIX, Tokens, random_token
from chalicelib.service.access.authentication import MOST, Remembered
from tests.api.fakes import NOW, SetClock

ROLES = frozenset({"member"})


class Drawer:
    """Tokens in a dictionary."""

    def __init__(self) -> None:
        self.records: dict[str, TokenRecord] = {}

    def keep(self, record: TokenRecord) -> None:
        self.records[record.digest] = record

    def find(self, digest: str) -> TokenRecord | None:
        return self.records.get(digest)

    def beginning(self, digits: str) -> list[TokenRecord]:
        return [record for digest, record in self.records.items() if digest.startswith(digits)]

    def forget(self, record: TokenRecord) -> None:
        self.records.pop(record.digest, None)


class World:
    def __init__(self) -> None:
        self.drawer, self.clock = Drawer(), SetClock()
        self.tokens = Tokens(self.drawer, self.clock)


def test_a_token_says_its_project_and_roles() -> None:
    world = World()
    token, record = world.tokens.create("p", ROLES, timedelta(days=1), "for tests")
    assert world.tokens.identify(token) == Identity("p", ROLES, NOW + timedelta(days=1), record.id, "for tests")
    assert token not in repr(record)
    assert token not in repr(world.drawer.records), "only its hash is kept"


def test_tokens_are_long_random_and_can_be_recognized() -> None:
    first, second = random_token(), random_token()
    assert first != second
    assert first.startswith(PREFIX)
    assert len(first) > 40


@pytest.mark.parametrize(("valid", "seconds", "good"), [(60, 59, True), (60, 60, False), (None, 10**9, True)])
def test_a_token_ends(valid: int | None, seconds: int, good: bool) -> None:
    world = World()
    token, _ = world.tokens.create("p", ROLES, None if valid is None else timedelta(seconds=valid))
    world.clock.tick(seconds)
    if good:
        assert world.tokens.identify(token)
    else:
        with pytest.raises(Unauthorized):
            world.tokens.identify(token)


def test_a_revoked_token_is_refused_at_once() -> None:
    world = World()
    token, record = world.tokens.create("p", ROLES, None)
    other, _ = world.tokens.create("p", ROLES, None)
    assert world.tokens.revoke(record.id) == record
    with pytest.raises(Unauthorized):
        world.tokens.identify(token)
    assert world.tokens.identify(other)


def test_what_cannot_be_revoked() -> None:
    world = World()
    for _ in range(17):  # so many that two begin alike
        world.tokens.create("p", ROLES, None)
    first = [record.digest[0] for record in world.tokens.all()]
    shared = next(digit for digit in first if first.count(digit) > 1)
    for token_id, why in (("", "No token"), ("x", "No token"), (shared, "Several")):
        with pytest.raises(NotFound, match=why):
            world.tokens.revoke(token_id)
    assert len(world.tokens.all()) == 17


def test_tokens_are_listed_by_age() -> None:
    world = World()
    made = []
    for note in "abc":
        made.append(world.tokens.create("p", ROLES, None, note)[1])
        world.clock.tick()
    assert world.tokens.all() == made


def test_a_token_needs_a_project() -> None:
    with pytest.raises(InvalidRequest):
        World().tokens.create("", ROLES, None)


class Oracle:
    """Knows every token but `bad`, and counts the questions."""

    def __init__(self) -> None:
        self.asked = 0
        self.gone = False

    def identify(self, token: str) -> Identity:
        self.asked += 1
        if self.gone:
            raise Unavailable
        if token == "bad":
            raise Unauthorized
        return Identity(token, until=NOW + timedelta(seconds=100))


def test_an_answer_holds_for_a_while() -> None:
    oracle, clock = Oracle(), SetClock()
    remembered = Remembered(oracle, clock, 60)
    for seconds, asked in ((0, 1), (59, 1), (1, 2), (39, 2), (1, 3)):  # the last one: the token is over
        clock.tick(seconds)
        assert remembered.identify("t").project_id == "t"
        assert oracle.asked == asked


def test_refusals_and_silence_are_not_remembered() -> None:
    oracle = Oracle()
    remembered = Remembered(oracle, SetClock(), 60)
    for _ in range(2):
        with pytest.raises(Unauthorized):
            remembered.identify("bad")
    oracle.gone = True
    with pytest.raises(Unavailable):
        remembered.identify("t")
    oracle.gone = False
    assert remembered.identify("t")
    assert oracle.asked == 4


def test_the_memory_is_bounded() -> None:
    oracle = Oracle()
    remembered = Remembered(oracle, SetClock(), 60)
    for number in range(MOST + 1):
        remembered.identify(f"t{number}")
    remembered.identify(f"t{MOST}")
    assert oracle.asked == MOST + 1
    remembered.identify("t0")
    assert oracle.asked == MOST + 2
