"""The meter bills what AWS bills: every rule of its price lists that the service meets."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.capacity import Ledger, Units, Unmetered, item_size, read_units, write_units
from bench.meter import Meter
from bench.usage import Usage

TABLE = {
    "TableName": "runs",
    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "due",
            "KeySchema": [{"AttributeName": "dp", "KeyType": "HASH"}, {"AttributeName": "ds", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}
REFUSED = {"Error": {"Code": "ConditionalCheckFailedException"}}


def row(size: int, s: str = "a", **index: str) -> dict[str, Any]:
    """An item of `size` bytes before its index attributes."""
    keys = {"p": {"S": "1"}, "s": {"S": s}}
    filled: dict[str, dict[str, Any]] = {**keys, "d": {"B": b"." * (size - item_size(keys) - 1)}}
    assert item_size(filled) == size
    return {**filled, **{name: {"S": value} for name, value in index.items()}}


def put(item: dict[str, Any]) -> dict[str, Any]:
    return {"TableName": "runs", "Item": item}


def key(s: str = "a") -> dict[str, Any]:
    return {"p": {"S": "1"}, "s": {"S": s}}


@pytest.fixture
def ledger() -> Ledger:
    fresh = Ledger()
    fresh.price("CreateTable", TABLE, {})
    return fresh


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"p": {"S": "abc"}}, 4),
        ({"p": {"S": "ü"}}, 3),  # UTF-8
        ({"d": {"B": b"12345"}}, 6),  # raw bytes, not their base64
        ({"v": {"N": "7"}}, 3),
        ({"v": {"N": "12345"}}, 5),  # two digits a byte, and one
        ({"v": {"N": "-12"}}, 4),
        ({"b": {"BOOL": True}}, 2),
        ({"l": {"L": [{"S": "ab"}, {"S": "c"}]}}, 9),
        ({"m": {"M": {"k": {"S": "ab"}}}}, 8),
    ],
)
def test_an_item_is_as_large_as_its_names_and_values(item: dict[str, Any], size: int) -> None:
    assert item_size(item) == size


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (1024, 1), (1025, 2), (300_000, 293)])
def test_writes_are_rounded_up_to_a_kilobyte(size: int, units: int) -> None:
    assert write_units(size) == units


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(0, True, 1), (4096, True, 1), (4097, True, 2), (0, False, 0.5), (4097, False, 1)],
)
def test_reads_are_rounded_up_to_four(size: int, consistent: bool, units: float) -> None:
    assert read_units(size, consistent) == units


@given(st.integers(0, 400_000), st.integers(0, 400_000))
def test_two_writes_never_cost_less_than_one_of_both(one: int, other: int) -> None:
    assert write_units(one) + write_units(other) >= write_units(one + other)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # the table's units count the larger of old and new
        (row(1500), row(500), Units(2, 0)),
        (row(500), row(1500), Units(2, 0)),
        # an index entry appears, stays, moves, disappears
        (None, row(100, dp="0", ds="now"), Units(1, 1)),
        (row(100, dp="0", ds="now"), row(900, dp="0", ds="now"), Units(1, 0)),
        (row(100, dp="0", ds="now"), row(100, dp="0", ds="later"), Units(1, 2)),
        (row(100, dp="0", ds="now"), row(100), Units(1, 1)),
        # half the keys of an index make no entry
        (None, row(100, dp="0"), Units(1, 0)),
    ],
)
def test_a_put_costs_its_size_and_its_index_entries(
    ledger: Ledger, before: dict[str, Any] | None, after: dict[str, Any], expected: Units
) -> None:
    if before is not None:
        ledger.price("PutItem", put(before), {})
    assert ledger.price("PutItem", put(after), {}) == expected


def test_a_refused_write_is_billed_by_the_larger_item_and_changes_nothing(ledger: Ledger) -> None:
    ledger.price("PutItem", put(row(1500)), {})
    refused = ledger.price("PutItem", put(row(100, dp="0", ds="now")), REFUSED)
    assert refused == Units(2, 0)
    assert ledger.price("PutItem", put(row(100, dp="0", ds="now")), {}) == Units(2, 1)


def test_a_transaction_doubles_rows_but_not_index_entries(ledger: Ledger) -> None:
    request = {"TransactItems": [{"Put": put(row(1500, "a", dp="0", ds="x"))}, {"Put": put(row(10, "b"))}]}
    assert ledger.price("TransactWriteItems", request, {}) == Units(2 * 2 + 2 * 1, 1)
    assert ledger.price("TransactWriteItems", request, REFUSED) == Units(6, 0)


def test_a_delete_costs_what_was_there(ledger: Ledger) -> None:
    ledger.price("PutItem", put(row(2500, dp="0", ds="now")), {})
    gone = {"TableName": "runs", "Key": key()}
    assert ledger.price("DeleteItem", gone, {}) == Units(3, 1)
    assert ledger.price("DeleteItem", gone, {}) == Units(1, 0)


def test_an_update_costs_what_the_item_was_or_became(ledger: Ledger) -> None:
    ledger.price("PutItem", put(row(1500, dp="0", ds="now")), {})
    update = {"TableName": "runs", "Key": key(), "ReturnValues": "ALL_NEW"}
    assert ledger.price("UpdateItem", update, REFUSED) == Units(2, 0)
    assert ledger.price("UpdateItem", update, {"Attributes": row(2500, dp="0", ds="later")}) == Units(3, 2)


def test_a_batch_of_writes_is_billed_one_by_one(ledger: Ledger) -> None:
    parts = [{"PutRequest": {"Item": row(10, name)}} for name in "abc"]
    assert ledger.price("BatchWriteItem", {"RequestItems": {"runs": parts}}, {}) == Units(3, 0)
    gone = [{"DeleteRequest": {"Key": key("a")}}]
    assert ledger.price("BatchWriteItem", {"RequestItems": {"runs": gone}}, {}) == Units(1, 0)


def test_reads_by_key_are_rounded_up_one_by_one_and_missing_rows_count(ledger: Ledger) -> None:
    ledger.price("PutItem", put(row(5000, "a")), {})
    get = {"TableName": "runs", "Key": key("a"), "ConsistentRead": True}
    assert ledger.price("GetItem", get, {}).read == 2
    assert ledger.price("GetItem", {**get, "ConsistentRead": False}, {}).read == 1
    batch = {"RequestItems": {"runs": {"Keys": [key("a"), key("none")], "ConsistentRead": True}}}
    assert ledger.price("BatchGetItem", batch, {}).read == 3


def test_a_query_is_rounded_up_as_a_whole(ledger: Ledger) -> None:
    rows = [row(3000, name, dp="0", ds=name) for name in "ab"]
    for each in rows:
        ledger.price("PutItem", put(each), {})
    query = {"TableName": "runs", "ConsistentRead": True}
    assert ledger.price("Query", query, {"Items": rows, "ScannedCount": 2}).read == 2
    assert ledger.price("Query", query, {"Items": []}).read == 1
    # an index holds keys only, and is read as it was a moment ago
    entries = [{**key(name), "dp": {"S": "0"}, "ds": {"S": name}} for name in "ab"]
    assert ledger.price("Query", {"TableName": "runs", "IndexName": "due"}, {"Items": entries}).read == 0.5


@pytest.mark.parametrize(
    ("operation", "request_", "response"),
    [
        ("Scan", {"TableName": "runs"}, {}),
        ("Query", {"TableName": "runs"}, {"Items": [], "ScannedCount": 3}),
        ("UpdateItem", {"TableName": "runs", "Key": key()}, {}),
        ("TransactWriteItems", {"TransactItems": [{"Update": {"TableName": "runs", "Key": key()}}]}, {}),
    ],
)
def test_what_is_not_known_is_not_counted_as_nothing(
    ledger: Ledger, operation: str, request_: dict[str, Any], response: dict[str, Any]
) -> None:
    with pytest.raises(Unmetered):
        ledger.price(operation, request_, response)


EVENTS = "http://queues/events.fifo"
ACTIONS = "http://queues/actions"


def entries(count: int, size: int = 10) -> list[dict[str, str]]:
    return [{"Id": str(n), "MessageBody": "x" * size} for n in range(count)]


@pytest.mark.parametrize(
    ("operation", "request_", "response", "standard", "fifo", "empty"),
    [
        # ten messages in a batch are one request, up to 64 KB
        ("SendMessageBatch", {"QueueUrl": ACTIONS, "Entries": entries(10)}, {}, 1, 0, 0),
        ("SendMessageBatch", {"QueueUrl": EVENTS, "Entries": entries(10)}, {}, 0, 1, 0),
        ("SendMessageBatch", {"QueueUrl": ACTIONS, "Entries": entries(2, 32 * 1024)}, {}, 1, 0, 0),
        ("SendMessageBatch", {"QueueUrl": ACTIONS, "Entries": entries(2, 32 * 1024 + 1)}, {}, 2, 0, 0),
        ("SendMessage", {"QueueUrl": ACTIONS, "MessageBody": "x" * 65537}, {}, 2, 0, 0),
        # what Lambda's event source does is billed as well
        ("ReceiveMessage", {"QueueUrl": EVENTS}, {"Messages": [{"Body": "x"}]}, 0, 1, 0),
        ("ReceiveMessage", {"QueueUrl": EVENTS}, {"Messages": [{"Body": "x" * 100_000}]}, 0, 2, 0),
        ("DeleteMessageBatch", {"QueueUrl": ACTIONS, "Entries": [{"Id": "1", "ReceiptHandle": "r"}]}, {}, 1, 0, 0),
        ("GetQueueUrl", {"QueueName": "events.fifo"}, {}, 0, 1, 0),
        # polls in vain are told apart: how many there are is up to who polls
        ("ReceiveMessage", {"QueueUrl": ACTIONS}, {}, 0, 0, 1),
    ],
)
def test_queue_requests(
    operation: str, request_: dict[str, Any], response: dict[str, Any], standard: int, fifo: int, empty: int
) -> None:
    usage = booked("sqs", operation, request_, response)
    assert (usage.sqs_standard, usage.sqs_fifo, usage.sqs_empty) == (standard, fifo, empty)


@pytest.mark.parametrize(
    ("operation", "request_", "puts", "gets", "sent"),
    [
        ("PutObject", {"Body": b"12345"}, 1, 0, 5),
        ("PutObject", {"Body": BytesIO(b"12345")}, 1, 0, 5),
        ("GetObject", {}, 0, 1, 0),
        ("DeleteObject", {}, 0, 0, 0),
    ],
)
def test_object_requests(operation: str, request_: dict[str, Any], puts: int, gets: int, sent: int) -> None:
    usage = booked("s3", operation, request_, {})
    assert (usage.s3_puts, usage.s3_gets, usage.bytes_out) == (puts, gets, sent)


def test_calls_are_booked_on_the_innermost_account_only() -> None:
    meter, outer, inner = Meter(), Usage(), Usage()
    with meter.account(outer):
        meter.book("s3", "GetObject", {}, {})
        with meter.account(inner):
            meter.book("s3", "GetObject", {}, {})
        meter.book("s3", "GetObject", {}, {})
    meter.book("s3", "GetObject", {}, {})
    assert (outer.s3_gets, inner.s3_gets) == (2, 1)


def test_rows_written_before_an_account_was_opened_count_as_old_ones() -> None:
    meter, usage = Meter(), Usage()
    meter.book("dynamodb", "CreateTable", TABLE, {})
    meter.book("dynamodb", "PutItem", put(row(100, dp="0", ds="now")), {})
    with meter.account(usage):
        meter.book("dynamodb", "PutItem", put(row(100, dp="0", ds="now")), {})
    assert (usage.write_units, usage.index_units, usage.written_rows) == (1, 0, 1)


def test_refused_writes_are_told_apart() -> None:
    meter, usage = Meter(), Usage()
    meter.book("dynamodb", "CreateTable", TABLE, {})
    with meter.account(usage):
        meter.book("dynamodb", "PutItem", put(row(100)), REFUSED)
    assert (usage.write_units, usage.refused_writes) == (1, 1)


@given(st.integers(0, 9), st.integers(0, 9))
def test_usages_add_up(one: int, other: int) -> None:
    left, right = Usage(s3_gets=one, cpu_seconds=one), Usage(s3_gets=other, cpu_seconds=other)
    left.requests["s3.GetObject"] = one
    right.requests["s3.GetObject"] = other
    left.add(right)
    assert (left.s3_gets, left.cpu_seconds, left.requests["s3.GetObject"]) == (one + other,) * 3


def booked(service: str, operation: str, request: dict[str, Any], response: dict[str, Any]) -> Usage:
    meter, usage = Meter(), Usage()
    with meter.account(usage):
        meter.book(service, operation, request, response)
    return usage
