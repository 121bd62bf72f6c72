"""`POST /v2/action_executions` of ad-hoc actions (engine rules §16.2, §17)."""

from __future__ import annotations

import json

import pytest

from tests.api.client import Api
from tests.api.one_action import PATH, run, shown

ACTIONS = """
version: '2.0'
double: {input: [n, {plus: 1}], base: std.echo, base-input: {output: <% $.n * 2 + $.plus %>}, output: {r: <% $ %>}}
twice: {input: [n], base: double, base-input: {n: <% $.n %>, plus: 0}, output: {rr: <% $ %>}}
later: {base: std.async_noop, output: {got: <% $ %>}}
failing: {base: std.fail error_data='no', output: {r: <% $ %>}}
call: {input: [url], base: std.http, base-input: {url: <% $.url %>}, output: <% $.given %>}
lost: {base: no.such}
ring: {base: ring}
blind: {base: std.echo, base-input: {output: <% $.nobody %>}}
alone: {base: std.echo, base-input: {output: [<% env() %>, <% execution() %>, <% task() %>, <% executions().len() %>]}}
spoilt: {base: std.echo output=1, output: <% int(abc) %>}
spoilt_later: {base: std.async_noop, output: <% int(abc) %>}
large: {base: std.echo, base-input: {output: <% 'x' * 20000 %>}, output: <% $.len() %>}
"""


@pytest.fixture(autouse=True)
def _stored(api: Api) -> None:
    api.ok("POST", "/v2/actions", ACTIONS)


@pytest.mark.parametrize(
    ("name", "given", "seen", "state", "result"),
    [
        ("double", {"n": 4}, {"n": 4, "plus": 1}, "SUCCESS", 9),
        ("twice", {"n": 4}, {"n": 4}, "SUCCESS", 8),
        ("alone", {}, {}, "SUCCESS", [{}, None, None, 0]),
        ("failing", {}, {}, "ERROR", "no"),
        ("spoilt", {}, {}, "SUCCESS", 1),
    ],
)
@pytest.mark.parametrize("params", [{}, {"run_sync": True}, {"run_sync": True, "save_result": True}])
def test_at_once_the_result_is_that_of_the_base(
    api: Api, name: str, given: object, seen: object, state: str, result: object, params: dict[str, bool]
) -> None:
    made = run(api, name, given, **params)
    assert (made["name"], made["state"], json.loads(made["input"])) == (name, state, seen)
    assert json.loads(made["output"]) == {"result": result}


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("double", {"n": 4}, ("SUCCESS", {"r": 9}, True)),
        ("twice", {"n": 4}, ("SUCCESS", {"rr": {"r": 8}}, True)),
        ("failing", {}, ("ERROR", "no", True)),
        ("call", {"url": "http://x"}, ("SUCCESS", {"url": "http://x"}, True)),
        ("large", {}, ("SUCCESS", 20000, True)),
    ],
)
def test_what_is_saved_and_carried_out_later_is_reshaped(
    api: Api, name: str, given: object, expected: tuple[str, object, bool]
) -> None:
    made = run(api, name, given, save_result=True)
    assert (made["name"], made["state"]) == (name, "RUNNING")
    api.loose.store.delete(made["id"])  # the executor may be first; its message says everything
    api.loose.deliver()
    assert shown(api, made["id"]) == expected


def test_a_result_that_somebody_brings_is_reshaped(api: Api) -> None:
    made = run(api, "later")
    api.ok("PUT", "/v2/actions", "version: '2.0'\nlater: {base: std.async_noop, output: changed}")
    api.ok("PUT", f"{PATH}/{made['id']}", {"state": "SUCCESS", "output": '{"n": 1}'})
    assert shown(api, made["id"]) == ("SUCCESS", {"got": {"n": 1}}, True)


def test_an_output_that_fails_is_an_error(api: Api) -> None:
    made = run(api, "spoilt", save_result=True)
    api.loose.deliver()
    state, result, _ = shown(api, made["id"])
    assert (state, result.startswith("Failed to complete action [error=")) == ("ERROR", True)
    made = run(api, "spoilt_later")
    api.ok("PUT", f"{PATH}/{made['id']}", {"state": "SUCCESS", "output": "{}"})
    assert shown(api, made["id"])[0] == "ERROR"


def test_a_base_with_effects_is_not_run_twice(api: Api) -> None:
    made = run(api, "call", {"url": "http://x"}, save_result=True)
    found = api.loose.store.find(made["id"])
    assert found
    object.__setattr__(found, "owner", "m1")
    api.loose.store.change(found)
    api.loose.deliver(count=2)
    assert (shown(api, made["id"])[0], api.loose.ran) == ("ERROR", [])


@pytest.mark.parametrize(
    ("name", "given", "params", "part"),
    [
        ("double", {}, {}, "Invalid input [name=double, class=mistral.actions.adhoc.AdHocAction, missing=['n']]"),
        ("double", {"n": 1, "m": 2}, {}, "AdHocAction, unexpected=['m']]"),
        ("lost", {}, {}, "Failed to find base action [action_name=no.such]"),
        ("ring", {}, {}, "Action ring is based on itself"),
        ("blind", {}, {}, "Can not evaluate YAQL expression [expression=$.nobody"),
        ("later", {}, {"run_sync": True}, "Action does not support synchronous execution."),
    ],
)
def test_what_is_refused(api: Api, name: str, given: object, params: object, part: str) -> None:
    status, text = api.refused("POST", PATH, {"name": name, "input": given, "params": params})
    assert (status, part in text) == (400, True), text
    assert api.ok("GET", PATH) == {"action_executions": []}
