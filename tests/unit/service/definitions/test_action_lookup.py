"""The ad-hoc actions as the engine sees them: who is meant by a name, and what that costs in reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.core.engine.state.interfaces import AdHoc
from chalicelib.errors import NotFound
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.action_lookup import MAX_KEPT, UNSEEN, StoredActions
from chalicelib.service.definitions.actions import ActionDefinitions
from tests.unit.service.definitions.test_workflows import MemoryStore
from tests.unit.service.worlds import FakeClock

OWNER, ADMIN = Caller("p"), Caller("q", frozenset({"admin"}))


class CountingStore(MemoryStore):
    """Counts looks for a name."""

    looks = 0

    def everywhere(self, kind: str, namespace: str | None = None, name: str | None = None):  # type: ignore[no-untyped-def]
        self.looks += 1
        return super().everywhere(kind, namespace, name)


class Bench:
    """Ad-hoc actions of several projects."""

    def __init__(self) -> None:
        self.store, self.clock = CountingStore(), FakeClock()
        numbers = iter(range(10_000))
        self.definitions = ActionDefinitions(
            self.store, self.clock, None, lambda: f"00000000-0000-4000-8000-{next(numbers):012}"
        )
        self.actions = StoredActions(self.definitions, self.clock, lambda name: name in {"std.noop", "std.echo"})

    def make(
        self, name: str, output: object, caller: Caller = OWNER, namespace: str = "", scope: str = "private"
    ) -> None:
        self.definitions.create(caller, text(name, output), namespace, scope)

    def meant(self, name: str, project_id: str = "p", namespace: str = "") -> object:
        """The base input of the action that a project means."""
        found = self.actions.find(name, project_id, namespace)
        return found.spec.base_input["output"] if isinstance(found, AdHoc) else found


@pytest.fixture
def bench() -> Bench:
    return Bench()


def text(name: str, output: object) -> str:
    return f"version: '2.0'\n{name}: {{base: std.echo, base-input: {{output: {output}}}}}\n"


def test_the_namespace_comes_before_the_default_one(bench: Bench) -> None:
    bench.make("a", 1)
    assert (bench.meant("a"), bench.meant("a", namespace="n")) == (1, 1)
    bench.make("a", 2, namespace="n")
    assert (bench.meant("a"), bench.meant("a", namespace="n"), bench.meant("a", namespace="m")) == (1, 2, 1)


def test_what_is_public_is_meant_by_those_who_have_none_of_their_own(bench: Bench) -> None:
    bench.make("a", 1, ADMIN, scope="public")
    assert (bench.meant("a", "p"), bench.meant("a", "q")) == (1, 1)
    bench.make("a", 2)
    assert (bench.meant("a", "p"), bench.meant("a", "q")) == (2, 1)


def test_changes_are_seen_at_once_and_versions_stay(bench: Bench) -> None:
    bench.make("a", 1)
    first = bench.actions.find("a", "p", "")
    assert isinstance(first, AdHoc)
    bench.definitions.update(OWNER, text("a", 2), "", "private")
    assert bench.meant("a") == 2
    bench.definitions.delete(OWNER, "a", "")
    assert bench.meant("a") is None
    assert bench.actions.version(first.ref) == first.spec
    assert bench.actions.text(first.ref) == text("a", 1)


@pytest.mark.parametrize("name", ["std.noop", "book.std.noop"])
def test_a_built_in_name_is_asked_for_once_in_a_while(bench: Bench, name: str) -> None:
    assert bench.meant(name) is None
    looks = bench.store.looks
    bench.make(name, "hidden")
    bench.store.looks = looks
    bench.clock.pass_by(UNSEEN - timedelta(seconds=1))
    assert (bench.meant(name), bench.store.looks) == (None, looks)
    bench.clock.pass_by(timedelta(seconds=1))
    assert bench.meant(name) == "hidden"
    bench.definitions.delete(OWNER, name, "")
    assert bench.meant(name) is None


def test_what_comes_with_the_service_is_meant_unless_it_is_hidden(bench: Bench) -> None:
    found = bench.actions.find("std.wait_ssh", "p", "")
    assert isinstance(found, AdHoc)
    assert found.spec.base == "std.ssh"
    assert bench.actions.version(found.ref) is found.spec
    assert "cmd: 'ls -l'" in bench.actions.text(found.ref)
    bench.make("std.wait_ssh", "hidden")
    assert bench.meant("std.wait_ssh") == "hidden"


def test_other_names_are_always_asked_for(bench: Bench) -> None:
    assert bench.meant("a") is None
    bench.make("a", 1)
    assert bench.meant("a") == 1


def test_projects_and_namespaces_do_not_share_what_is_kept(bench: Bench) -> None:
    assert bench.meant("std.echo", "q") is None
    assert bench.meant("std.echo", "p", "n") is None
    bench.make("std.echo", "hidden")
    assert bench.meant("std.echo") == "hidden"


def test_what_is_kept_is_bounded(bench: Bench) -> None:
    bench.meant("std.noop", "first")
    for number in range(MAX_KEPT):
        bench.meant("std.noop", f"p{number}")
    looks = bench.store.looks
    bench.meant("std.noop", "first")
    assert bench.store.looks > looks


def test_a_version_that_never_was(bench: Bench) -> None:
    with pytest.raises((NotFound, KeyError)):
        bench.actions.version("no/such")
