from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import pytest

from chalicelib.actions.registry import Registry
from chalicelib.actions.run_action import inline, run
from chalicelib.actions.runtime.action_type import ActionContext, Outside
from chalicelib.actions.runtime.gateways import Overdue, ScriptFailed
from chalicelib.core.jsontext import Json
from chalicelib.errors import ActionFailed

find = Registry().find

CONTEXT = ActionContext(action_execution_id="a1", timeout=7.0)


def raising(error: Exception) -> Callable[[str, Json, float | None], NoReturn]:
    def script(script: str, data: Json, seconds: float | None) -> NoReturn:
        raise error

    return script


def message(outside: Outside, script: Json = "x") -> object:
    with pytest.raises(ActionFailed) as caught:
        run(find("std.js"), {"script": script}, CONTEXT, outside)
    return caught.value.result


@pytest.mark.parametrize("name", ["std.js", "std.javascript"])
@pytest.mark.parametrize(("given", "data"), [({}, None), ({"context": {"k": [1]}}, {"k": [1]})])
def test_script_context_and_time_go_out(name: str, given: dict[str, Json], data: Json) -> None:
    seen: list[tuple[str, Json, float | None]] = []

    def script(script: str, data: Json, seconds: float | None) -> Json:
        seen.append((script, data, seconds))
        return {"n": 3}

    assert run(find(name), {"script": "return 3", **given}, CONTEXT, Outside(script=script)) == {"n": 3}
    assert seen == [("return 3", data, 7.0)]


@pytest.mark.parametrize(
    ("error", "text"),
    [(ScriptFailed("no"), "JavaScriptAction failed: no"), (Overdue(7.0), "Timeout after 7 seconds")],
)
def test_failures(error: Exception, text: str) -> None:
    expected = f"The action raised an exception [action=std.js, action_ex_id=a1, msg='{text}']"
    assert message(Outside(script=raising(error))) == expected


def test_a_script_is_text() -> None:
    assert "Parameter 'script' must be text." in str(message(Outside(), script=5))


def test_never_inside_the_step() -> None:
    assert not inline(find("std.js"), {"script": "return 1"})
