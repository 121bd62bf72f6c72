"""Definitions of several projects over a store in memory: who sees and changes what; the cache of specs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

import pytest

from chalicelib.errors import Duplicate, Forbidden, LostRace, MeltemiError, NotFound, PreconditionFailed
from chalicelib.ports.definitions import DefinitionChange, DefinitionExists, DefinitionRecord, DefinitionText
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.content import MAX_CACHED
from chalicelib.service.definitions.repository import Condition, tag_of
from chalicelib.service.definitions.workflows import Definitions

OWNER, OTHER, ADMIN = Caller("p"), Caller("q"), Caller("q", frozenset({"admin"}))
OWNING_ADMIN = Caller("p", frozenset({"admin"}))


class MemoryStore:
    """A `DefinitionStore` of lists; `refuse` is raised by the next write."""

    def __init__(self) -> None:
        self.records: list[DefinitionRecord] = []
        self.kept: dict[str, DefinitionText] = {}
        self.reads = 0
        self.refuse: Exception | None = None

    def save_text(self, identifier: str, text: DefinitionText) -> str:
        ref = f"{identifier}/{hash(text.text)}"
        self.kept[ref] = text
        return ref

    def text(self, ref: str) -> DefinitionText:
        self.reads += 1
        return self.kept[ref]

    def texts(self, refs: Collection[str]) -> dict[str, DefinitionText]:
        return {ref: self.kept[ref] for ref in refs}

    def by_id(self, kind: str, identifier: str) -> DefinitionRecord | None:
        return next(iter(self._where(lambda r: r.id == identifier)), None)

    def by_ids(self, kind: str, identifiers: Collection[str]) -> list[DefinitionRecord]:
        return self._where(lambda r: r.id in identifiers)

    def by_name(self, kind: str, project_id: str, namespace: str, name: str) -> DefinitionRecord | None:
        found = self.everywhere(kind, namespace, name)
        return next((record for record in found if record.project_id == project_id), None)

    def public(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        return [record for record in self.everywhere(kind, namespace, name) if record.scope == "public"]

    def owned(self, kind: str, project_id: str) -> list[DefinitionRecord]:
        return self._where(lambda r: r.project_id == project_id)

    def everywhere(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        return self._where(lambda r: name is None or (r.namespace, r.name) == (namespace, name))

    def using(self, kind: str, identifier: str) -> list[DefinitionRecord]:
        return self._where(lambda r: (r.kind, r.uses) == (kind, identifier))

    def write(self, changes: Sequence[DefinitionChange]) -> None:
        if self.refuse is not None:
            raise self.refuse
        for before, after in changes:
            if before is not None:
                self.records.remove(before)
            if after is not None:
                self.records.append(after)

    def write_in_parts(self, changes: Sequence[DefinitionChange]) -> None:
        self.write(changes)

    def _where(self, wanted: Callable[[DefinitionRecord], bool]) -> list[DefinitionRecord]:
        return [record for record in self.records if wanted(record)]


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def definitions(store: MemoryStore) -> Definitions:
    numbers = iter(range(10_000))
    return Definitions(store, FixedClock(), lambda: f"00000000-0000-4000-8000-{next(numbers):012}")


def text(name: str = "w", action: str = "std.noop") -> str:
    return f"version: '2.0'\n{name}:\n  tasks:\n    t: {{action: {action}}}\n"


@pytest.mark.parametrize(
    ("scope", "caller", "sees"),
    [
        ("private", OWNER, True),
        ("private", OTHER, False),
        ("private", ADMIN, True),
        ("public", OTHER, True),
    ],
)
def test_who_sees_a_workflow(definitions: Definitions, scope: str, caller: Caller, sees: bool) -> None:
    made = definitions.create_workflows(OWNING_ADMIN, text(), "", scope)[0]
    assert (definitions.workflows(caller) == [made]) is sees
    for identifier in ("w", made.id):
        if sees:
            assert definitions.workflow(caller, identifier, "") == made
        else:
            with pytest.raises(NotFound):
                definitions.workflow(caller, identifier, "")


def test_a_start_does_not_use_the_powers_of_admins(definitions: Definitions) -> None:
    definitions.create_workflows(OWNER, text(), "", "private")
    with pytest.raises(NotFound, match=r"Workflow not found \[workflow_identifier=w, namespace=\]"):
        definitions.find_workflow(ADMIN.project_id, "w", "")


def test_the_own_workflow_wins(definitions: Definitions) -> None:
    definitions.create_workflows(OWNING_ADMIN, text(), "", "public")
    own = definitions.create_workflows(OTHER, text(), "", "private")[0]
    assert definitions.find_workflow("q", "w", "") == own
    assert len(definitions.workflows(OTHER)) == 2


@pytest.mark.parametrize(("caller", "error"), [(OWNER, None), (OTHER, Forbidden), (ADMIN, None)])
@pytest.mark.parametrize("change", ["update", "update by name", "delete"])
def test_who_changes_a_public_workflow(
    definitions: Definitions, caller: Caller, error: type[MeltemiError] | None, change: str
) -> None:
    made = definitions.create_workflows(OWNING_ADMIN, text(), "", "public")[0]

    def act() -> None:
        if change == "delete":
            definitions.delete_workflow(caller, made.id, "")
        elif change == "update":
            definitions.update_workflow(caller, made.id, text("v"), "", "private")
        else:
            definitions.update_workflows(caller, text(action="std.fail"), "", "private")

    if error is None:
        act()
        assert all(record.project_id == "p" for record in definitions.workflows(OWNER))
    else:
        with pytest.raises(error):
            act()


def test_a_version_outlives_changes_and_removal(definitions: Definitions) -> None:
    first = definitions.create_workflows(OWNER, text(), "", "private")[0]
    second = definitions.update_workflows(OWNER, text(action="std.fail"), "", "private")[0]
    definitions.delete_workflow(OWNER, "w", "")
    assert [definitions.spec(one.ref).tasks["t"].action for one in (first, second)] == ["std.noop", "std.fail"]
    assert (first.version, second.version) == (1, 2)


def test_specs_are_read_once(definitions: Definitions, store: MemoryStore) -> None:
    refs = [
        definitions.create_workflows(OWNER, text(f"w{number}"), "", "private")[0].ref
        for number in range(MAX_CACHED + 1)
    ]
    assert definitions.spec(refs[0]) is definitions.spec(refs[0])
    assert store.reads == 1
    for ref in refs:
        definitions.spec(ref)
    definitions.spec(refs[0])
    assert store.reads == MAX_CACHED + 2, "the oldest one was dropped for the last one"


def test_a_taken_name_writes_no_text(definitions: Definitions, store: MemoryStore) -> None:
    definitions.create_workflows(OWNER, text(), "", "private")
    with pytest.raises(Duplicate):
        definitions.create_workflows(OWNER, text(action="std.fail"), "", "private")
    assert len(store.kept) == 1


def test_a_name_taken_meanwhile_is_a_duplicate(definitions: Definitions, store: MemoryStore) -> None:
    taken = definitions.create_workflows(OWNER, text("v"), "n", "private")[0]
    store.refuse = DefinitionExists(taken)
    with pytest.raises(Duplicate, match=r"Duplicate entry for WorkflowDefinition \[.*\]: v, n, p"):
        definitions.create_workflows(OWNER, text(), "", "private")


def test_a_lost_race_is_told(definitions: Definitions, store: MemoryStore) -> None:
    definitions.create_workflows(OWNER, text(), "", "private")
    store.refuse = LostRace()
    with pytest.raises(LostRace):
        definitions.update_workflows(OWNER, text(action="std.fail"), "", "private")


def test_a_race_that_is_lost_under_a_condition_does_not_keep_it(definitions: Definitions, store: MemoryStore) -> None:
    made = definitions.create_workflows(OWNER, text(), "", "private")[0]
    known = Condition(frozenset({tag_of(made.id, made.version)}))
    store.refuse = LostRace()
    with pytest.raises(PreconditionFailed):
        definitions.update_workflows(OWNER, text(action="std.fail"), "", "private", known)
    with pytest.raises(PreconditionFailed):
        definitions.delete_workflow(OWNER, "w", "", known)


def test_a_32_digit_id_is_an_id(definitions: Definitions) -> None:
    made = definitions.create_workflows(OWNER, text(), "n", "private")[0]
    assert definitions.find_workflow("p", made.id.replace("-", "").upper(), "") == made


class Asked:
    """Shares of nothing, which note what they are asked."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    def accepted(self, member_id: str) -> list[str]:
        self.questions.append("accepted")
        return []

    def has_accepted(self, member_id: str, workflow_id: str) -> bool:
        self.questions.append("has accepted")
        return False

    def forget(self, workflow_id: str) -> None:
        self.questions.append("forget")


def test_looking_for_what_is_hidden_takes_the_same_steps_as_for_what_is_not_there() -> None:
    store, asked = CountingStore(), Asked()
    definitions = Definitions(store, FixedClock(), shares=asked)
    hidden = definitions.create_workflows(OWNER, text(), "", "private")[0].id
    steps = []
    for identifier in (hidden, "11111111-1111-1111-1111-111111111111"):
        store.lookups, asked.questions = [], []
        with pytest.raises(NotFound):
            definitions.workflow(OTHER, identifier, "")
        steps.append((store.lookups, asked.questions))
    assert steps[0] == steps[1]
    assert steps[0][1] == ["has accepted", "accepted"]


def test_nobody_is_asked_about_shares_of_ones_own_and_public_workflows() -> None:
    asked = Asked()
    definitions = Definitions(MemoryStore(), FixedClock(), shares=asked)
    made = definitions.create_workflows(OWNING_ADMIN, text(), "", "public")[0].id
    for caller in (OWNER, OTHER, ADMIN):
        assert definitions.workflow(caller, made, "").id == made
    assert asked.questions == []


class CountingStore(MemoryStore):
    """Notes how records are looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.lookups: list[str] = []

    def by_id(self, kind: str, identifier: str) -> DefinitionRecord | None:
        self.lookups.append("id")
        return super().by_id(kind, identifier)

    def by_name(self, kind: str, project_id: str, namespace: str, name: str) -> DefinitionRecord | None:
        self.lookups.append("name")
        return super().by_name(kind, project_id, namespace, name)

    def public(self, kind: str, namespace: str | None = None, name: str | None = None) -> list[DefinitionRecord]:
        self.lookups.append("public")
        return super().public(kind, namespace, name)
