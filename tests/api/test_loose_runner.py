"""Actions that run by themselves and are carried out by the executor, whatever gets lost or comes twice."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.messaging.bodies import RunStandaloneAction
from tests.api.client import Api
from tests.api.one_action import PATH, run, shown
from tests.api.tenants import Tenants
from tests.bodies import body_of, failed, lambda_event
from tests.unit.messaging.handlers import Handlers


def test_a_request_that_cannot_be_sent_leaves_nothing(api: Api) -> None:
    api.loose.broken = True
    body = {"name": "std.echo", "input": {"output": 1}, "params": {"save_result": True}}
    assert api.call("POST", PATH, body).status_code == 503
    assert api.ok("GET", PATH) == {"action_executions": []}


def test_an_executor_that_is_faster_than_the_request(api: Api) -> None:
    made = run(api, "std.echo", {"output": 1}, save_result=True)
    api.loose.store.delete(made["id"])  # as if it was not stored yet
    api.loose.deliver()
    assert shown(api, made["id"]) == ("SUCCESS", 1, True)


def test_what_was_removed_does_not_come_back(api: Api) -> None:
    made = run(api, "std.echo", {"output": 1}, save_result=True)
    api.loose.deliver()
    api.call("DELETE", f"{PATH}/{made['id']}")
    api.loose.deliver(count=2)
    assert api.refused("GET", f"{PATH}/{made['id']}")[0] == 404


@pytest.mark.parametrize(
    ("name", "given", "expected", "ran"),
    [
        ("std.http", {"url": "http://x"}, ("ERROR", "Request to run an action was redelivered", True), 0),
        ("std.echo", {"output": 1}, ("SUCCESS", 1, True), 1),
    ],
)
def test_an_executor_died(api: Api, name: str, given: object, expected: tuple[str, Any, bool], ran: int) -> None:
    """It had claimed the action: whether it had any effect is not known."""
    made = run(api, name, given, save_result=True)
    found = api.loose.store.find(made["id"])
    assert found
    object.__setattr__(found, "owner", "m1")
    api.loose.store.change(found)
    api.loose.deliver(message_id="m2")
    assert shown(api, made["id"])[0] == "RUNNING"
    api.loose.deliver(count=2)
    state, result, accepted = shown(api, made["id"])
    assert (state, accepted) == (expected[0], expected[2])
    assert str(expected[1]) in str(result)
    assert len(api.loose.ran) == ran


def test_a_first_try_that_came_to_nothing_is_no_reason_to_give_up(api: Api) -> None:
    made = run(api, "std.http", {"url": "http://x"}, save_result=True)
    api.loose.deliver(count=2)
    assert shown(api, made["id"])[0] == "SUCCESS"


def test_an_action_whose_input_could_not_be_read_has_not_been_begun(api: Api) -> None:
    """Read, then claimed, then run: what is claimed may have been begun, and never runs again."""
    made = run(api, "std.http", {"url": "http://x", "body": "x" * 30_000}, save_result=True)
    kept = dict(api.loose.blobs)
    api.loose.blobs.clear()
    with pytest.raises(KeyError):
        api.loose.deliver(count=1)
    found = api.loose.store.find(made["id"])
    assert found is not None
    assert (found.owner, api.loose.ran) == (None, [])
    api.loose.blobs.update(kept)
    api.loose.deliver(count=2)
    assert (shown(api, made["id"])[0], api.loose.ran) == ("SUCCESS", ["std.http"])


def test_what_no_executor_could_carry_out_ends_in_error(api: Api) -> None:
    made = run(api, "std.echo", {"output": 1}, save_result=True)
    for _ in range(2):
        api.loose.runner.bury(body_of(RunStandaloneAction, api.loose.sent[0]))
    text = "The action could not be handed to an executor, however often it was tried."
    assert shown(api, made["id"]) == ("ERROR", text, True)


def test_messages_find_their_way(api: Api) -> None:
    """Through the handlers that queues call, beside those of workflows."""
    made = [run(api, "std.echo", {"output": number}, save_result=True) for number in range(2)]
    first, second = [lambda_event(message.body) for message in api.loose.sent]
    other = Handlers()
    other.runner = api.loose.runner
    assert other.orders(first) == other.dead(second) == failed()
    assert [shown(api, one["id"])[0] for one in made] == ["SUCCESS", "ERROR"]


def test_an_action_runs_for_the_project_that_asked_for_it(tenants: Tenants) -> None:
    tenants.ok("blue", "POST", PATH, {"name": "std.http", "input": {"url": "http://x"}})
    tenants.ok("red", "POST", PATH, {"name": "std.http", "input": {"url": "x"}, "params": {"save_result": True}})
    tenants.api.loose.deliver()
    assert tenants.api.loose.ran_for == ["blue", "red"]
