"""The due-index: messages of any kind of timer wait in it, whichever version of the code put them there."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from chalicelib.adapters.dynamo.runs import codec, row_keys
from chalicelib.adapters.dynamo.runs.codec import time_out
from chalicelib.adapters.dynamo.runs.scheduled_messages import DynamoLateMessages
from chalicelib.adapters.dynamo.runs.table import Table
from chalicelib.core.jsontext import JsonDict
from chalicelib.messaging.bodies import AnyBody, DelayEnded, TimerBody
from chalicelib.messaging.codec import FORMAT
from chalicelib.ports.messaging import LateMessage, Message
from tests.contract.conftest import REGION, Backend
from tests.unit.messaging.samples import FORMAT_1, SAMPLES

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
G = "0001"
"""A message group."""
TIMERS: tuple[type, ...] = get_args(TimerBody)
OLDER = [(plain, body) for plain, body in FORMAT_1 if isinstance(body, TIMERS)]


def store(backend: Backend) -> tuple[DynamoLateMessages, Table]:
    settings = backend.settings
    table = Table(settings.runs_table, REGION, settings.endpoint_url)
    return DynamoLateMessages(table), table


def put(table: Table, number: int, body: JsonDict, group: str = G) -> None:
    """Write a row as it looks, whatever it says."""
    content: list[Any] = [time_out(AT), group, f"d{number}", body]
    place = f"{row_keys.stamp(AT)}#d{number}"
    table.save(table.row(f"late-{row_keys.shard(group)}", place, d=codec.pack(content)))


def bodies(found: Sequence[LateMessage]) -> list[AnyBody]:
    return [late.message.body for late in sorted(found, key=lambda late: late.message.dedup)]


def test_every_kind_of_timer_waits_and_is_forgotten_when_it_was_handed_on(backend: Backend) -> None:
    late, _ = store(backend)
    messages = [Message(f"{number:04}", f"d{number}", SAMPLES[kind]) for number, kind in enumerate(TIMERS)]
    for message in messages:
        late.keep(AT, message)
        late.keep(AT, message)
    assert late.due(AT, 100) == []
    found = late.due(AT + timedelta(seconds=1), 100)
    assert [one.message for one in sorted(found, key=lambda one: one.message.dedup)] == messages
    assert {one.at for one in found} == {AT}
    late.forget(found)
    assert late.due(AT + timedelta(days=400), 100) == []


def test_rows_of_format_1_are_read(backend: Backend) -> None:
    late, table = store(backend)
    assert len({type(body) for _, body in OLDER}) == len(TIMERS)
    for number, (plain, _) in enumerate(OLDER):
        put(table, number, plain)
    assert bodies(late.due(AT + timedelta(seconds=1), 100)) == [body for _, body in OLDER]


@pytest.mark.parametrize(
    "foreign", [{"kind": "delay_ended", "format": FORMAT + 1}, {"event": "woken"}], ids=["newer", "rubbish"]
)
def test_what_only_other_code_can_read_stays_and_holds_up_no_other(
    backend: Backend, foreign: JsonDict, caplog: pytest.LogCaptureFixture
) -> None:
    late, table = store(backend)
    for number in range(7):
        put(table, number, foreign)
    wanted = SAMPLES[DelayEnded]
    late.keep(AT + timedelta(seconds=1), Message(G, "d9", wanted))
    caplog.set_level(logging.INFO)
    for _ in range(2):
        assert bodies(late.due(AT + timedelta(minutes=1), 3)) == [wanted]
    assert "left message d0" in caplog.text
    late.forget(late.due(AT + timedelta(minutes=1), 3))
    assert len(table.query(f"late-{row_keys.shard(G)}")) == 7


def test_no_more_than_wanted_the_earliest_first(backend: Backend) -> None:
    late, _ = store(backend)
    for number in (3, 1, 2):
        late.keep(AT + timedelta(seconds=number), Message(G, f"d{number}", SAMPLES[DelayEnded]))
    found = late.due(AT + timedelta(minutes=1), 2)
    assert [one.message.dedup for one in found] == ["d1", "d2"]
