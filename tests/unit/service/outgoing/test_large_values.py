"""Large values are read once a process, as far as they fit."""

from __future__ import annotations

import pytest

from chalicelib.core.jsontext import Json, dumps
from chalicelib.core.values import Blob
from chalicelib.errors import NotFound
from chalicelib.service.outgoing.large_values import KeptValues, kept
from tests.unit.service.worlds import FakeBlobs


def stored(blobs: FakeBlobs, name: str, size: int) -> Blob:
    blobs.put(name, dumps(name * size).encode())
    return Blob(name, size)


@pytest.mark.parametrize("value", [None, 0, "x", [1], {"hash": "x", "size": 1}])
def test_a_plain_value_is_itself(value: Json) -> None:
    blobs = FakeBlobs()
    assert KeptValues(blobs).load(value) == value
    assert blobs.reads == []


def test_a_value_is_read_once() -> None:
    blobs = FakeBlobs()
    values, blob = KeptValues(blobs), stored(blobs, "a", 5)
    assert [values.load(blob) for _ in range(3)] == ["aaaaa"] * 3
    assert blobs.reads == ["a"]


def test_the_one_used_longest_ago_is_forgotten() -> None:
    blobs = FakeBlobs()
    values = KeptValues(blobs, kept_bytes=10)
    a, b, c = (stored(blobs, name, 4) for name in "abc")
    for blob in (a, b, a, c, a, b):
        values.load(blob)
    assert blobs.reads == ["a", "b", "c", "b"]


def test_one_that_is_too_large_is_not_kept() -> None:
    blobs = FakeBlobs()
    values, blob = KeptValues(blobs, kept_bytes=10), stored(blobs, "a", 11)
    assert values.load(blob) == values.load(blob)
    assert blobs.reads == ["a", "a"]


def test_a_value_that_is_gone() -> None:
    with pytest.raises(NotFound):
        KeptValues(FakeBlobs()).load(Blob("a", 1))


@pytest.mark.parametrize(("size", "stays"), [(100, True), (16 * 1024 - 2, True), (16 * 1024 - 1, False)])
def test_only_large_values_are_kept_apart(size: int, stays: bool) -> None:
    blobs = FakeBlobs()
    value = kept(blobs, "x" * size)
    assert isinstance(value, str) is stays
    assert KeptValues(blobs).load(value) == "x" * size
