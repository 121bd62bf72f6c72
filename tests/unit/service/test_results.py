"""Results that contradict each other: of several that come at the same moment one is taken, the others are refused."""

from __future__ import annotations

import pytest

from chalicelib.core import ids
from chalicelib.core.jsontext import Json
from chalicelib.core.states import ERROR, SUCCESS
from chalicelib.errors import IllegalTransition
from chalicelib.service.access.caller import Caller
from tests.unit.service.workshop import Workshop
from tests.unit.service.worlds import ID

CALLER = Caller("p")
ASYNC = "tasks: {t: {action: std.async_noop}}"


@pytest.mark.parametrize(
    ("state", "output", "taken"),
    [
        pytest.param("SUCCESS", {"by": "me"}, True, id="the same"),
        pytest.param("SUCCESS", {"by": "you"}, False, id="another output"),
        pytest.param("ERROR", {"by": "me"}, False, id="another state"),
    ],
)
def test_a_result_that_comes_at_the_moment_of_another_one(state: str, output: Json, taken: bool) -> None:
    shop = Workshop(ASYNC)
    action_id = ids.action_id(ids.partition(ID), shop.world.key("t"))
    executions = shop.executions()

    def rival() -> None:
        executions.complete_action(CALLER, action_id, "SUCCESS", {"by": "me"}, True)

    shop.world.runs.before_commit.append(rival)
    if taken:
        _, _, action = executions.complete_action(CALLER, action_id, state, output, True)
        assert (action.state, action.output) == (SUCCESS, {"by": "me"})
    else:
        with pytest.raises(IllegalTransition, match=f"Action {action_id} is already completed"):
            executions.complete_action(CALLER, action_id, state, output, True)
    assert shop.world.state == "SUCCESS"


def test_whoever_brings_it_later_is_refused_even_the_same() -> None:
    shop = Workshop(ASYNC)
    action_id = ids.action_id(ids.partition(ID), shop.world.key("t"))
    executions = shop.executions()
    executions.complete_action(CALLER, action_id, "ERROR", "no", True)
    assert executions.has_result(CALLER, action_id, str(ERROR), "no")
    with pytest.raises(IllegalTransition):
        executions.complete_action(CALLER, action_id, "ERROR", "no", True)
