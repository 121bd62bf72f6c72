"""DynamoDefinitions against moto and ministack."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.aws.s3 import S3Blobs
from chalicelib.adapters.dynamo.definitions import store as definitions
from chalicelib.adapters.dynamo.definitions.items import bound_items
from chalicelib.core.values import Blob
from chalicelib.errors import InvalidRequest, LostRace, NewerFormat, NotFound
from chalicelib.ports.definitions import (
    DefinitionChange,
    DefinitionExists,
    DefinitionRecord,
    DefinitionText,
    DueDefinition,
)
from chalicelib.service.outgoing import large_values
from tests.contract.conftest import REGION, Backend

NOW = datetime(2026, 11, 23, 4, 7, 16, 123456, tzinfo=UTC)


def store(backend: Backend) -> definitions.DynamoDefinitions:
    settings = backend.settings
    return definitions.DynamoDefinitions(
        settings.definitions_table, REGION, settings.endpoint_url, S3Blobs(backend.clients.s3, settings.blobs_bucket)
    )


def record(name: str = "w", **changes: object) -> DefinitionRecord:
    made = DefinitionRecord(
        kind="workflow",
        id=f"id-of-{name}",
        project_id="p",
        namespace="",
        name=name,
        scope="private",
        version=1,
        ref="r",
        tags=("a", "b"),
        checksum="c",
        created_at=NOW,
        facts={"input": "x, y=1"},
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def created(*records: DefinitionRecord) -> list[DefinitionChange]:
    return [DefinitionChange(None, one) for one in records]


def test_a_record_is_found_by_name_by_id_and_in_lists(backend: Backend) -> None:
    kept = store(backend)
    one = record(namespace="n/#%", updated_at=NOW)
    kept.write(created(one))
    assert kept.by_name("workflow", "p", "n/#%", "w") == one
    assert kept.by_id("workflow", "id-of-w") == one
    assert kept.owned("workflow", "p") == [one]
    assert kept.everywhere("workflow", "n/#%", "w") == kept.everywhere("workflow") == [one]
    assert kept.public("workflow") == []


def test_what_waits_for_the_same(backend: Backend) -> None:
    kept = store(backend)
    mine, theirs = record("w", namespace="a, b"), record("v", namespace="a, b", project_id="q")
    public = record("u", namespace="a, b", project_id="q", scope="public")
    mine_too = record("x", namespace="a, b", scope="public")
    kept.write(created(mine, theirs, public, mine_too, record("o", namespace="a, b, c"), record("n")))
    waiting = {name: kept.waiting("workflow", "a, b", name) for name in ("p", "q", "")}
    assert {name: {one.name for one in found} for name, found in waiting.items()} == {
        "p": {"w", "u", "x"},
        "q": {"v", "u", "x"},
        "": {"u", "x"},
    }
    assert [len(found) for found in waiting.values()] == [3, 3, 2], "each of them once"
    assert {one.name for one in kept.waiting("workflow", "a, b", None)} == {"w", "v", "u", "x"}


@pytest.mark.parametrize(
    ("kind", "project", "namespace", "name"),
    [
        ("workbook", "p", "", "w"),
        ("workflow", "q", "", "w"),
        ("workflow", "p", "n", "w"),
        ("workflow", "p", "", "v"),
    ],
)
def test_nothing_else_is_found(moto_backend: Backend, kind: str, project: str, namespace: str, name: str) -> None:
    kept = store(moto_backend)
    kept.write(created(record()))
    assert kept.by_name(kind, project, namespace, name) is None


def test_a_public_record_is_found_by_everyone(backend: Backend) -> None:
    kept = store(backend)
    one, longer, private = record(scope="public"), record("w#id-of-w", scope="public"), record("v")
    kept.write(created(one, longer, private))
    assert kept.public("workflow", "", "w") == [one]
    assert {found.name for found in kept.public("workflow")} == {"w", "w#id-of-w"}


def test_a_change_moves_every_copy(backend: Backend) -> None:
    kept = store(backend)
    old = record(scope="public")
    kept.write(created(old))
    new = record("v", id=old.id, version=2)
    kept.write([DefinitionChange(old, new)])
    assert kept.by_name("workflow", "p", "", "w") is None
    assert kept.by_name("workflow", "p", "", "v") == kept.by_id("workflow", old.id) == new
    assert kept.public("workflow") == []
    assert kept.everywhere("workflow") == [new]


def test_removal_keeps_the_text(backend: Backend) -> None:
    kept = store(backend)
    one = record(scope="public")
    kept.write(created(one))
    ref = kept.save_text(one.id, DefinitionText("text", {"a": 1}))
    kept.write([DefinitionChange(one, None)])
    assert (kept.by_id("workflow", one.id), kept.owned("workflow", "p"), kept.public("workflow")) == (None, [], [])
    assert kept.text(ref) == DefinitionText("text", {"a": 1})


def test_a_taken_name_stores_nothing(backend: Backend) -> None:
    kept = store(backend)
    kept.write(created(record()))
    clash = record(id="other")
    with pytest.raises(DefinitionExists) as caught:
        kept.write(created(record("v"), clash))
    assert caught.value.record == clash
    assert kept.owned("workflow", "p") == [record()]


@pytest.mark.parametrize("after", [record(version=3), record("v", id="id-of-w", version=3), None])
def test_a_stale_change_is_refused(backend: Backend, after: DefinitionRecord | None) -> None:
    kept = store(backend)
    first, second = record(), record(version=2)
    kept.write(created(first))
    kept.write([DefinitionChange(first, second)])
    with pytest.raises(LostRace):
        kept.write([DefinitionChange(first, after)])
    assert kept.owned("workflow", "p") == [second]


@pytest.mark.parametrize("after", [None, record(version=2)])
def test_a_change_of_one_that_was_made_again_is_refused(moto_backend: Backend, after: DefinitionRecord | None) -> None:
    kept = store(moto_backend)
    first, second = record(), record(id="id-of-the-next")
    kept.write(created(first))
    kept.write([DefinitionChange(first, None)])
    kept.write(created(second))
    with pytest.raises(LostRace):
        kept.write([DefinitionChange(first, after)])
    assert kept.owned("workflow", "p") == [second]


def test_a_rename_onto_a_taken_name_is_refused(backend: Backend) -> None:
    kept = store(backend)
    one, two = record(), record("v")
    kept.write(created(one, two))
    with pytest.raises(DefinitionExists):
        kept.write([DefinitionChange(one, record("v", id=one.id, version=2))])


def found_due(kept: definitions.DynamoDefinitions, until: datetime) -> set[DueDefinition]:
    return {found for page in kept.due(until) for found in page}


def test_due_records_are_found_by_their_time(backend: Backend) -> None:
    kept = store(backend)
    late = NOW + timedelta(minutes=1)
    kept.write(created(record(due=NOW), record("v", due=late), record("never")))
    assert found_due(kept, NOW) == set()
    first, second = (
        DueDefinition("workflow", "id-of-w", 1, NOW),
        DueDefinition("workflow", "id-of-v", 1, late),
    )
    assert found_due(kept, late) == {first}
    assert found_due(kept, late + timedelta(seconds=1)) == {first, second}
    assert kept.by_id("workflow", "id-of-w") == record(due=NOW)
    moved = record(due=late, version=2)
    kept.write([DefinitionChange(record(due=NOW), moved), DefinitionChange(record("v", due=late), None)])
    assert found_due(kept, late + timedelta(seconds=1)) == {DueDefinition("workflow", "id-of-w", 2, late)}
    kept.write([DefinitionChange(moved, record(version=3))])
    assert found_due(kept, late + timedelta(days=1)) == set()


def test_due_records_come_in_pages(moto_backend: Backend) -> None:
    kept = store(moto_backend)
    several = [record(f"w{number}", due=NOW) for number in range(20)]
    kept.write(created(*several))
    pages = list(kept.due(NOW + timedelta(seconds=1), page=3))
    assert max(len(page) for page in pages) == 3
    assert {found.id for page in pages for found in page} == {one.id for one in several}


def test_a_record_that_uses_another_stays_below_it_as_it_was(moto_backend: Backend) -> None:
    kept = store(moto_backend)
    old = record(uses="other")
    kept.write(created(old))
    kept.write([DefinitionChange(old, record(uses="other", version=2))])
    assert kept.using("workflow", "other") == [old]
    kept.write([DefinitionChange(record(uses="other", version=2), record(uses="third", version=3))])
    assert kept.using("workflow", "other") == []
    assert [found.version for found in kept.using("workflow", "third")] == [3]


def test_equal_texts_share_a_version(moto_backend: Backend) -> None:
    kept = store(moto_backend)
    refs = [kept.save_text("i", DefinitionText(text, {"b": text})) for text in ("a", "b", "a")]
    assert refs[0] == refs[2] != refs[1]
    assert {ref: found.text for ref, found in kept.texts([*refs, "i/none"]).items()} == {refs[0]: "a", refs[1]: "b"}
    assert kept.texts([]) == {}


def test_a_huge_text_comes_back(backend: Backend) -> None:
    kept = store(backend)
    noise = "".join(chr(0x4E00 + (n * n * 31 + n * 7919) % 20000) for n in range(400_000))
    ref = kept.save_text("i", DefinitionText(noise, {}))
    assert kept.text(ref).text == noise


def test_an_unknown_text_is_not_found(moto_backend: Backend) -> None:
    with pytest.raises(NotFound):
        store(moto_backend).text("i/nothing")


def test_nothing_to_change_is_fine(backend: Backend) -> None:
    store(backend).write([])


def test_parts_are_made_in_order(backend: Backend) -> None:
    kept = store(backend)
    many = [record(f"w{number:03}", scope="public") for number in range(40)]
    kept.write_in_parts(created(*many))
    assert len(kept.owned("workflow", "p")) == len(kept.public("workflow")) == 40
    late = [DefinitionChange(one, dataclasses.replace(one, version=2)) for one in many]
    with pytest.raises(DefinitionExists):
        kept.write_in_parts([*late, *created(record("w000", id="other"))])
    versions = [one.version for one in kept.owned("workflow", "p")]
    assert versions == [2] * 33 + [1] * 7
    kept.write_in_parts([])


def test_too_many_at_once_are_refused(moto_backend: Backend) -> None:
    with pytest.raises(InvalidRequest, match="Too many definitions at once: 51"):
        store(moto_backend).write(created(*(record(f"w{n}") for n in range(51))))


def test_what_uses_a_definition_is_found_below_it(backend: Backend) -> None:
    kept = store(backend)
    mine = record("t", kind="trigger", uses="id-of-w")
    other = record("u", kind="trigger", project_id="q", uses="id-of-w")
    kept.write(created(record(), mine, other, record("x", kind="other", uses="id-of-w")))
    assert kept.using("trigger", "id-of-w") == [mine, other]
    moved = dataclasses.replace(mine, uses="id-of-v", version=2)
    kept.write([DefinitionChange(mine, moved), DefinitionChange(other, None)])
    assert (kept.using("trigger", "id-of-w"), kept.using("trigger", "id-of-v")) == ([], [moved])


def large(name: str = "w", **changes: object) -> DefinitionRecord:
    """A record with more facts than an item holds."""
    return record(name, facts={"input": "x" * 450_000, "interface": {"input": ["y" * 450_000]}}, **changes)


def test_a_record_larger_than_an_item_is_as_every_other(backend: Backend) -> None:
    kept = store(backend)
    one = large(scope="public", tags=("t" * 450_000,), due=NOW)
    kept.write(created(one, record("small")))
    assert kept.by_name("workflow", "p", "", "w") == kept.by_id("workflow", "id-of-w") == one
    assert kept.public("workflow") == kept.everywhere("workflow", "", "w") == [one]
    assert kept.by_ids("workflow", ["id-of-w"]) == [one]
    assert sorted(found.name for found in kept.owned("workflow", "p")) == ["small", "w"]
    smaller = dataclasses.replace(one, version=2, facts={}, tags=())
    kept.write([DefinitionChange(one, smaller)])
    assert kept.by_id("workflow", "id-of-w") == smaller
    with pytest.raises(LostRace):
        kept.write([DefinitionChange(one, smaller)])


def test_many_large_records_are_written_at_once(backend: Backend) -> None:
    kept = store(backend)
    many = [large(f"w{number}", scope="public") for number in range(20)]
    kept.write(created(*many))
    assert kept.owned("workflow", "p") == sorted(many, key=lambda one: one.name)


def test_a_record_of_a_later_format_is_left_alone(backend: Backend) -> None:
    items = bound_items(backend.settings.definitions_table, REGION, backend.settings.endpoint_url)
    items("id#later", "workflow", version=1, record={"format": 3}).save()
    with pytest.raises(NewerFormat):
        store(backend).by_id("workflow", "later")


def test_a_value_of_the_same_text_does_not_damage_a_definition(backend: Backend) -> None:
    """Values lie under the hash of their JSON text, as they are; texts of definitions are packed."""
    kept, blobs = store(backend), S3Blobs(backend.clients.s3, backend.settings.blobs_bucket)
    letters = "".join(map(chr, range(256, 55_000)))
    text = DefinitionText("".join(random.Random(1).choices(letters, k=300_000)), {"name": "w"})
    ref = kept.save_text("i", text)
    assert isinstance(large_values.kept(blobs, {"text": text.text, "body": text.body}), Blob)
    assert kept.text(ref) == text
