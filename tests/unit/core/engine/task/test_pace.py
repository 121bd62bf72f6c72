"""How delays of `retry` grow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.engine.task.policies import LONGEST, Pace


@pytest.mark.parametrize(
    ("pace", "delays"),
    [
        (Pace(3), [3, 3, 3, 3]),
        (Pace(1, backoff=2), [1, 2, 4, 8]),
        (Pace(2, backoff=1.5), [2, 3, 4, 7]),
        (Pace(1, backoff=10, max_delay=50), [1, 10, 50, 50]),
        (Pace(60, max_delay=5), [5, 5, 5, 5]),
        (Pace(0, backoff=2), [0, 0, 0, 0]),
        (Pace(10, backoff=2, jitter=0.5), [8, 15, 30, 60]),
        (Pace(10, jitter=1), [5, 5, 5, 5]),
    ],
)
def test_delays(pace: Pace, delays: list[int]) -> None:
    assert [pace.seconds(number, 0.5) for number in range(4)] == delays


@pytest.mark.parametrize("number", [40, 1_000, 10**6, 10**9])
def test_a_delay_without_a_bound_grows_up_to_a_year(number: int) -> None:
    assert Pace(1, backoff=2).seconds(number, 0) == LONGEST
    assert Pace(0, backoff=1000).seconds(number, 0) == 0


def test_a_steady_delay_may_be_longer() -> None:
    assert Pace(2 * LONGEST, backoff=2).seconds(9, 0) == 2 * LONGEST


PACES = st.builds(
    Pace,
    delay=st.integers(0, 10**9),
    backoff=st.floats(1, 1000),
    max_delay=st.integers(0, 10**9),
    jitter=st.floats(0, 1),
)
CHANCES = st.floats(0, 1, exclude_max=True)


@given(PACES, st.integers(0, 10**6), CHANCES)
def test_chance_only_shortens_a_delay(pace: Pace, number: int, chance: float) -> None:
    whole = pace.seconds(number, 0)
    assert 0 <= pace.seconds(number, chance) <= whole <= (pace.max_delay or max(pace.delay, LONGEST))


@given(PACES, st.integers(0, 10**6), CHANCES)
def test_delays_never_become_shorter(pace: Pace, number: int, chance: float) -> None:
    assert pace.seconds(number, chance) <= pace.seconds(number + 1, chance)
