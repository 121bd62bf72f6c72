"""Whatever is written is read as what it was, now and by the next version of the code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.jsontext import Json, JsonDict, dumps
from chalicelib.core.states import SUCCESS, State
from chalicelib.errors import NewerFormat
from chalicelib.messaging import codec
from chalicelib.messaging.bodies import ActionEnded, AnyBody, Body, CarriedBase, CarriedValue, kind_of
from chalicelib.messaging.codec import BadMessage
from tests.unit.messaging.samples import FORMAT_1, SAMPLES
from tests.unit.service.worlds import ID

KINDS: tuple[type, ...] = get_args(AnyBody)


def paired(text: str) -> str:
    """The text with two halves that follow each other as the one character that they are in JSON."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


TEXTS = st.text(st.characters(exclude_categories=[])).map(paired)  # halves of characters included
NUMBERS = st.integers() | st.integers(2**63, 2**200) | st.floats(allow_nan=False)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
JSON: st.SearchStrategy[Json] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
VALUES = st.builds(CarriedValue, value=JSON) | st.builds(
    CarriedValue, blob=st.text(min_size=1), size=st.integers(0, 2**40)
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
BASES = st.builds(CarriedBase, TEXTS, VALUES, st.lists(TEXTS).map(tuple))

BY_TYPE: dict[object, st.SearchStrategy[object]] = {
    "str": TEXTS,
    "str | None": st.none() | TEXTS,
    "int": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False),
    "bool": st.booleans(),
    "State": st.sampled_from(State),
    "datetime": MOMENTS,
    "datetime | None": st.none() | MOMENTS,
    "CarriedValue": VALUES,
    "CarriedBase | None": st.none() | BASES,
    "dict[str, Any]": st.dictionaries(TEXTS, JSON, max_size=4),
    "tuple[str, ...]": st.lists(TEXTS, max_size=4).map(tuple),
}
"""What members of messages can be, by how `bodies` writes their types; a new one needs an entry here."""


def members(kind: type) -> Iterator[tuple[str, st.SearchStrategy[object]]]:
    """The members of a kind, those of its bases included, and what each can be."""
    for one in kind.__mro__:
        for name, annotation in vars(one).get("__annotations__", {}).items():
            yield name, BY_TYPE[annotation]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_message_is_read_as_it_was_written(kind: type, data: st.DataObject) -> None:
    body = data.draw(st.fixed_dictionaries(dict(members(kind))).map(lambda found: kind(**found)))
    assert codec.decode(codec.encode(body)) == body
    assert codec.from_plain(codec.to_plain(body)) == body, "as the due-index keeps it"


@pytest.mark.parametrize("value", [2**64, -(10**400), 1e308, "\ud800", "\udc00\ud800", {"\udfff": [{"": 2**100}]}])
def test_values_that_other_json_codecs_refuse(value: Json) -> None:
    body = ActionEnded(execution="e", action="a", state=SUCCESS, result=CarriedValue(value=value))
    read = codec.decode(codec.encode(body))
    assert isinstance(read, ActionEnded)
    assert read.result.content == value


def test_every_kind_that_has_a_tag_can_be_read() -> None:
    def below(base: type[Body]) -> Iterator[type[Body]]:
        for kind in base.__subclasses__():
            yield kind
            yield from below(kind)

    assert {kind for kind in below(Body) if kind.__struct_config__.tag != kind.__name__} == set(KINDS)
    assert len({kind_of(SAMPLES[kind]) for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_been_of_format_1(kind: type) -> None:
    """Take a kind that is newer out of here."""
    assert kind in SAMPLES


@pytest.mark.parametrize(("plain", "body"), FORMAT_1)
@pytest.mark.parametrize("mark", [{}, {"format": 1}])
def test_messages_of_format_1(plain: JsonDict, body: AnyBody, mark: JsonDict) -> None:
    assert codec.decode(dumps({**plain, **mark})) == body


@pytest.mark.parametrize("plain", [{"execution": ID, "event": "proceed"}, {"kind": "continue"}, {"kind": "new"}, {}])
@pytest.mark.parametrize("number", [codec.FORMAT + 1, 10**9, "3", None, 2.5])
def test_a_newer_format_is_for_newer_code(plain: JsonDict, number: Json) -> None:
    with pytest.raises(NewerFormat):
        codec.decode(dumps({**plain, "format": number}))


@pytest.mark.parametrize("body", SAMPLES.values(), ids=kind_of)
def test_each_message_says_its_kind_and_format(body: AnyBody) -> None:
    plain = codec.to_plain(body)
    assert (plain["kind"], plain["format"]) == (kind_of(body), codec.FORMAT)


RUBBISH = [
    "",
    "no JSON",
    "[" * 100_000,
    '"text"',
    "[]",
    "null",
    "{}",
    '{"kind": "unheard of"}',
    '{"kind": 5}',
    '{"kind": null, "event": "proceed", "execution": "e"}',
    '{"kind": "continue"}',
    '{"kind": "continue", "execution": 5}',
    '{"kind": "delay_ended", "execution": "e", "task": "t", "wake": "1"}',
    '{"kind": "action_ended", "execution": "e", "action": "a", "state": "ODD", "result": {}}',
    '{"kind": "remove_execution", "execution": "e", "requested_at": "soon"}',
    '{"kind": "bus_event", "exchange": "bus", "event": {}, "triggers": "t"}',
    '{"event": "explode", "execution": "e"}',
    '{"event": ["ended"], "execution": "e"}',
    '{"event": "ended", "execution": "e"}',
    '{"event": "asked", "execution": "e"}',
    '{"event": "proceed", "execution": 5}',
    '{"pulse": "a", "attempt": "", "claim": "soon"}',
    '{"loose": "x", "created": "yesterday"}',
    '{"cron_trigger": "t"}',
    '{"exchange": "bus"}',
]


@pytest.mark.parametrize("text", RUBBISH, ids=lambda text: text[:40])
def test_what_is_no_message(text: str) -> None:
    with pytest.raises(BadMessage):
        codec.decode(text)


@given(JSON)
def test_any_json_is_a_message_or_refused(plain: Json) -> None:
    try:
        codec.decode(dumps(plain))
    except (BadMessage, NewerFormat):
        return


@given(st.sampled_from([plain for plain, _ in FORMAT_1]), st.data())
def test_a_message_with_one_member_out_of_shape_is_read_or_refused(plain: JsonDict, data: st.DataObject) -> None:
    member, value = data.draw(st.sampled_from(sorted(plain))), data.draw(JSON)
    try:
        codec.decode(dumps({**plain, member: value}))
    except BadMessage:
        return
