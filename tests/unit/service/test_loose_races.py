"""Contradictory results of an action execution on its own: one is taken, the others are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from chalicelib.actions.library import Library
from chalicelib.bootstrap.actions import toolbox
from chalicelib.core.model import Action
from chalicelib.core.states import RUNNING, State
from chalicelib.errors import IllegalTransition, LostRace
from chalicelib.ports.standalone_actions import NO_KEY, LooseAction, LooseStore
from chalicelib.service.access.caller import Caller
from chalicelib.service.actions.standalone import LooseActions
from tests.unit.service.worlds import NOW, FakeBlobs, FakeClock, FakeQueues

CALLER = Caller("p")


class OneLoose:
    """The one there is; `before_change` may meddle."""

    def __init__(self) -> None:
        action = Action(NO_KEY, "std.async_noop", RUNNING, {}, NOW, NOW, is_sync=False)
        self.kept = LooseAction(id="a", project_id="p", description="", action=action)
        self.before_change: list[Callable[[], object]] = []

    def find(self, action_id: str) -> LooseAction | None:
        return self.kept

    def change(self, after: LooseAction) -> LooseAction:
        if self.before_change:
            self.before_change.pop()()
        if after.version != self.kept.version:
            raise LostRace
        self.kept = replace(after, version=after.version + 1)
        return self.kept


@pytest.mark.parametrize("state", ["SUCCESS", "ERROR", "CANCELLED"])
def test_of_results_that_come_at_once_one_is_taken(state: str) -> None:
    store = OneLoose()
    tools = toolbox(lambda *_: None, Library())
    loose = LooseActions(cast(LooseStore, store), FakeBlobs(), FakeQueues(), tools, FakeClock())
    store.before_change.append(lambda: loose.complete(CALLER, "a", "SUCCESS", {"by": "the rival"}, True))
    with pytest.raises(IllegalTransition, match="Action a is already completed"):
        loose.complete(CALLER, "a", state, {"by": "me"}, True)
    assert (store.kept.action.state, store.kept.action.output) == (State.SUCCESS, {"by": "the rival"})
