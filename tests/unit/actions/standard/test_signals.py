"""Actions about signals: what they ask of the service, and what they refuse."""

from __future__ import annotations

import pytest

from chalicelib.actions import run_action
from chalicelib.actions.registry import STANDARD
from chalicelib.actions.runtime.action_type import ActionContext, InvalidValues, Outside
from chalicelib.core.jsontext import JsonDict
from chalicelib.errors import ActionFailed, InvalidRequest

CONTEXT = ActionContext(execution_id="e", action_execution_id="a")


def test_it_waits() -> None:
    asked: list[object] = []
    outside = Outside(wait_for_signal=lambda *given: asked.append(given))
    assert run_action.run(STANDARD["std.wait_signal"], {"key": "k"}, CONTEXT, outside) is None
    assert asked == [("k", "e", "a")]
    assert not STANDARD["std.wait_signal"].is_sync


def test_it_makes_a_link() -> None:
    outside = Outside(signal_link=lambda *given: repr(given))
    found = run_action.run(STANDARD["std.signal_link"], {"key": "k", "expires": 60}, CONTEXT, outside)
    assert found == "('e', 'k', '', 60.0)"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("std.wait_signal", {"key": ""}),
        ("std.signal_link", {"key": ""}),
        ("std.signal_link", {"key": "k", "expires": "x"}),
    ],
)
def test_values_that_cannot_be(name: str, given: JsonDict) -> None:
    with pytest.raises(InvalidValues):
        run_action.check_values(STANDARD[name], given)


def test_what_the_service_refuses_is_the_error_of_the_action() -> None:
    def refuse(*_: object) -> str:
        raise InvalidRequest("expires must be 1 to 31536000 seconds, not 0")

    with pytest.raises(ActionFailed, match="expires must be 1 to"):
        run_action.run(STANDARD["std.signal_link"], {"key": "k", "expires": 0}, CONTEXT, Outside(signal_link=refuse))
