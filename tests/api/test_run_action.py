"""`POST /v2/action_executions`: actions that run by themselves, and what becomes of those that are stored."""

from __future__ import annotations

import pytest

from chalicelib.bootstrap import container
from chalicelib.messaging import codec
from chalicelib.settings.service import Settings
from tests.api.client import Api
from tests.api.fakes import task
from tests.api.one_action import PATH, run, shown
from tests.api.one_run import ACTION, start

CREATED = "2026-11-23 04:07:16"


def test_an_action_runs_at_once_and_nothing_is_stored(api: Api) -> None:
    reply = api.call("POST", PATH, {"name": "std.echo", "input": '{"output": "hi"}', "description": "d"})
    assert reply.status_code == 201
    assert reply.json_body == {
        "id": None,
        "workflow_name": None,
        "workflow_namespace": "",
        "task_execution_id": None,
        "state": "SUCCESS",
        "state_info": None,
        "tags": None,
        "name": "std.echo",
        "description": "d",
        "project_id": None,
        "accepted": None,
        "input": '{"output": "hi"}',
        "output": '{"result": "hi"}',
        "created_at": None,
        "updated_at": None,
    }
    assert api.ok("GET", PATH) == {"action_executions": []}


@pytest.mark.parametrize(
    ("name", "given", "params", "state", "part"),
    [
        ("std.noop", {}, {}, "SUCCESS", '{"result": null}'),
        ("std.fail", {}, {"run_sync": True}, "ERROR", "action_ex_id=None, msg='Fail action expected exception.'"),
        ("std.fail", {"error_data": {"k": 1}}, {}, "ERROR", '{"result": {"k": 1}}'),
        ("std.sleep", {"seconds": 3}, {"timeout": 1}, "ERROR", "Timeout after 1 seconds"),
        ("std.sleep", {"seconds": 3}, {"timeout": "2.5"}, "ERROR", "Timeout after 2.5 seconds"),
        ("std.sleep", {"seconds": 60}, {}, "ERROR", "Timeout after 25 seconds"),
        ("std.sleep", {"seconds": 3}, {"timeout": 4}, "SUCCESS", '{"result": null}'),
    ],
)
def test_how_actions_end(api: Api, name: str, given: object, params: dict[str, object], state: str, part: str) -> None:
    found = run(api, name, given, **params)
    assert found["state"] == state
    assert part in found["output"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"input": {}}, "Please provide at least action name to run action."),
        ({"name": "std.nope"}, "Failed to find action [action_name=std.nope]"),
        (
            {"name": "std.echo", "input": {"outputx": 1}},
            "Invalid input [name=std.echo, class=mistral.actions.std_actions.EchoAction, missing=['output'], "
            "unexpected=['outputx']]",
        ),
        ({"name": "std.echo", "input": {"output": 1, "delay": []}}, "Parameter 'delay' must be a number."),
        (
            {"name": "std.async_noop", "params": {"run_sync": True}},
            "Action does not support synchronous execution.",
        ),
        (
            {"name": "std.noop", "params": {"timeout": "soon"}},
            "The timeout of an action must be a number of seconds, not 'soon'",
        ),
        ({"name": "std.noop", "bogus": 1}, "Unknown attribute for argument action_ex: bogus"),
        ({"name": "std.noop", "input": "[1]"}, "JsonType field value must be a dictionary [actual=[1]]"),
    ],
)
def test_requests_that_are_refused(api: Api, body: object, text: str) -> None:
    assert api.refused("POST", PATH, body) == (400, text)
    assert api.ok("GET", PATH) == {"action_executions": []}


def test_a_saved_action_is_carried_out_later(api: Api) -> None:
    made = api.ok(
        "POST", PATH, {"name": "std.echo", "input": {"output": 5}, "description": "d", "params": {"save_result": 1}}
    )
    common = {**made, "task_name": None}
    assert (made["state"], made["output"], made["accepted"]) == ("RUNNING", None, False)
    assert (made["description"], made["created_at"], made["updated_at"]) == ("d", CREATED, None)
    assert api.ok("GET", f"{PATH}/{made['id']}") == common
    api.clock.tick()
    api.loose.deliver()
    over = {
        **common,
        "state": "SUCCESS",
        "output": '{"result": 5}',
        "accepted": True,
        "updated_at": "2026-11-23 04:07:17",
    }
    assert api.ok("GET", f"{PATH}/{made['id']}") == over
    assert api.ok("GET", f"{PATH}?include_output=true") == {"action_executions": [over]}
    assert api.ok("GET", f"{PATH}/{made['id']}?fields=state") == {"id": made["id"], "state": "SUCCESS"}


@pytest.mark.parametrize(("params", "description"), [({}, None), ({"save_result": True}, "")])
def test_what_is_stored_has_a_description_if_only_an_empty_one(
    api: Api, params: dict[str, bool], description: str | None
) -> None:
    assert run(api, "std.noop", {}, **params)["description"] == description


def test_a_saved_action_that_runs_at_once_is_there_afterwards(api: Api) -> None:
    made = run(api, "std.echo", {"output": 5}, save_result=True, run_sync=True)
    assert (made["state"], made["accepted"], made["created_at"], made["updated_at"]) == (
        "SUCCESS",
        False,
        CREATED,
        None,
    )
    assert shown(api, made["id"]) == ("SUCCESS", 5, False)
    assert api.loose.sent == []


def test_a_failure_of_a_saved_action_is_its_result(api: Api) -> None:
    made = run(api, "std.fail", {"error_data": "oh"}, save_result=True)
    api.loose.deliver()
    assert shown(api, made["id"]) == ("ERROR", "oh", True)


def test_its_time_limit_holds_in_the_executor(api: Api) -> None:
    made = run(api, "std.sleep", {"seconds": 9}, save_result=True, timeout=2)
    api.loose.deliver()
    assert "Timeout after 2 seconds" in shown(api, made["id"])[1]
    assert api.loose.slept == [2.0]


def test_large_values_are_kept_by_reference(api: Api) -> None:
    text = "x" * 200_000
    made = run(api, "std.echo", {"output": text}, save_result=True)
    assert len(codec.encode(api.loose.sent[0].body)) < 1000
    api.loose.deliver()
    found = api.loose.store.find(made["id"])
    assert found
    assert found.action.output.size == 200_002  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"state": "SUCCESS", "output": {"done": True}}, ("SUCCESS", {"done": True}, True)),
        ({"state": "SUCCESS"}, ("SUCCESS", {}, True)),
        ({"state": "ERROR"}, ("ERROR", "Unknown error", True)),
        ({"state": "CANCELLED", "output": {"a": 1}}, ("CANCELLED", None, True)),
        ({"state": "PAUSED"}, ("PAUSED", None, False)),
        ({"state": "RUNNING"}, ("RUNNING", None, False)),
    ],
)
def test_results_of_asynchronous_actions_are_brought(api: Api, body: object, expected: object) -> None:
    made = run(api, "std.async_noop")
    assert made["state"] == "RUNNING"
    assert api.ok("PUT", f"{PATH}/{made['id']}", body)["id"] == made["id"]
    assert shown(api, made["id"]) == expected
    assert api.loose.sent == []


@pytest.mark.parametrize(
    ("name", "before", "body", "text"),
    [
        ("std.async_noop", "SUCCESS", {"state": "ERROR"}, "Action ID is already completed"),
        ("std.async_noop", "SUCCESS", {"state": "PAUSED"}, "Invalid state transition from SUCCESS to PAUSED."),
        ("std.async_noop", "ERROR", {"state": "RUNNING"}, "Invalid state transition from ERROR to RUNNING."),
        (
            "std.async_noop",
            "RUNNING",
            {"output": {}},
            "Error. Expected one of ['SUCCESS', 'ERROR', 'CANCELLED', 'PAUSED', 'RUNNING'], actual: Unset",
        ),
        (
            "std.echo",
            "RUNNING",
            {"state": "PAUSED"},
            "Transition to the PAUSED state is only supported for asynchronous action execution.",
        ),
    ],
)
def test_results_that_are_refused(api: Api, name: str, before: str, body: object, text: str) -> None:
    made = run(api, name, {"output": 1} if name == "std.echo" else {}, save_result=True)
    api.ok("PUT", f"{PATH}/{made['id']}", {"state": before})
    assert api.refused("PUT", f"{PATH}/{made['id']}", body) == (400, text.replace("ID", made["id"]))


def test_an_unknown_state_is_told_before_an_unknown_id(api: Api) -> None:
    assert api.refused("PUT", f"{PATH}/{'0' * 8}-0000-4000-8000-000000000000", {"state": "odd"})[0] == 400


def test_a_result_that_was_brought_wins(api: Api) -> None:
    made = run(api, "std.echo", {"output": 1}, save_result=True)
    api.ok("PUT", f"{PATH}/{made['id']}", {"state": "CANCELLED"})
    api.loose.deliver()
    assert shown(api, made["id"]) == ("CANCELLED", None, True)
    assert api.loose.ran == []


def test_lists_hold_both_kinds(api: Api) -> None:
    start(api, task())
    api.clock.tick()
    run(api, "std.async_noop")
    listed = api.ok("GET", f"{PATH}?sort_dirs=desc")["action_executions"]
    assert sorted(item["name"] for item in listed) == ["std.async_noop", "std.echo"]
    assert [item["name"] for item in api.ok("GET", f"{PATH}?state=RUNNING")["action_executions"]] == ["std.async_noop"]
    assert api.ok("GET", f"{PATH}?workflow_name=neq:w") == {"action_executions": []}


def test_only_what_is_over_is_removed(api: Api) -> None:
    made = run(api, "std.async_noop")
    text = "Only completed action execution can be deleted."
    assert api.refused("DELETE", f"{PATH}/{made['id']}") == (403, text)
    api.ok("PUT", f"{PATH}/{made['id']}", {"state": "SUCCESS"})
    assert api.call("DELETE", f"{PATH}?id={made['id']}").status_code == 204
    assert api.refused("GET", f"{PATH}/{made['id']}")[0] == 404


def test_nothing_is_removed_unless_that_is_switched_on(api: Api) -> None:
    object.__setattr__(container.services(), "settings", Settings.from_env({}))
    assert api.refused("DELETE", f"{PATH}/{ACTION}") == (403, "Action execution deletion is not allowed.")


LARGE = {"size": 20000, "key_prefix": "k" * 50, "val": "v" * 50}
TOO_LARGE = "Field size limit exceeded [class=TaskExecution, field={}, size={}KB, limit=1024KB]"


@pytest.mark.parametrize(
    ("name", "given", "params", "text"),
    [
        ("std.echo", {"output": "y" * 1_100_000}, {}, TOO_LARGE.format("input", 1074)),
        ("std.echo", {"output": "y" * 1_100_000}, {"save_result": True}, TOO_LARGE.format("input", 1074)),
        ("std.test_dict", LARGE, {"save_result": True, "run_sync": True}, TOO_LARGE.format("output", 2157)),
    ],
)
def test_what_is_too_large_is_refused(
    api: Api, name: str, given: dict[str, object], params: dict[str, object], text: str
) -> None:
    assert api.refused("POST", PATH, {"name": name, "input": given, "params": params}) == (400, text)
    assert api.ok("GET", PATH) == {"action_executions": []}


def test_a_stored_result_that_is_too_large_is_an_error(api: Api) -> None:
    made = run(api, "std.test_dict", LARGE, save_result=True)
    api.loose.deliver()
    state, text, _ = shown(api, made["id"])
    assert (state, TOO_LARGE.format("output", 2157) in text) == ("ERROR", True)


def test_a_result_that_is_brought_and_too_large_is_an_error(api: Api) -> None:
    made = run(api, "std.async_noop", {}, save_result=True)
    api.ok("PUT", f"{PATH}/{made['id']}", {"state": "SUCCESS", "output": {"o": "y" * 2_000_000}})
    state, text, _ = shown(api, made["id"])
    assert (state, "field=output, size=1953KB, limit=1024KB" in text) == ("ERROR", True)
