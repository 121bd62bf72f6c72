"""Which actions go to external workers, what those are told, and what happens where nobody is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import ids
from chalicelib.core.engine.state.events import Proceed
from chalicelib.core.jsontext import dumps
from chalicelib.errors import Forbidden, InvalidRequest
from chalicelib.service.outgoing.worker_orders import LIFE, ReplyTokens, queue_of
from tests.unit.service.workshop import HTTP, KEYS, Workshop
from tests.unit.service.worlds import ID, NOW, PART, World

WORKER = "tasks: {t: {action: std.worker, input: {name: acme.add, target: adders, input: {n: 1}}, timeout: 5}}"


def test_an_order_says_all_that_a_worker_needs() -> None:
    shop = Workshop(WORKER)
    [(queue, order)] = shop.queues.sent
    assert queue == "w-p-adders"
    assert not shop.world.queues.actions
    assert {name: order[name] for name in ("format", "name", "input", "timeout", "safe_rerun", "heartbeat")} == {
        "format": 1,
        "name": "acme.add",
        "input": {"n": 1},
        "timeout": 5,
        "safe_rerun": False,
        "heartbeat": 60,
    }
    assert order["context"] == {
        "project_id": "p",
        "workflow_name": "wf",
        "workflow_execution_id": ID,
        "task_execution_id": ids.task_id(PART, shop.world.key("t").task),
        "action_execution_id": shop.action_id,
        "callback_url": f"/v2/action_executions/{shop.action_id}",
    }


def test_the_target_of_the_task_comes_before_that_of_its_action() -> None:
    shop = Workshop(WORKER.replace("timeout: 5", "target: others"))
    assert [(queue, order["name"]) for queue, order in shop.queues.sent] == [("w-p-others", "acme.add")]


def test_a_large_input_is_sent_as_a_link() -> None:
    large = {"n": "x" * 20_000}
    shop = Workshop(WORKER.replace("{n: 1}", dumps(large)))
    link = str(shop.order["input_url"])
    digest = link.removeprefix("https://blobs.test/").partition("?")[0]
    assert "input" not in shop.order
    assert shop.world.blobs.kept[digest] == dumps(large).encode()


def test_items_go_out_together() -> None:
    shop = Workshop("tasks: {t: {with-items: i in <% range(3) %>, action: std.echo output=<% $.i %>, target: gpu}}")
    assert [order["input"] for _, order in shop.queues.sent] == [{"output": n} for n in range(3)]


@pytest.mark.parametrize("target", ["gpu", "a/b", "[1]"])
def test_without_anybody_the_action_ends_with_a_reason(target: str) -> None:
    shop = Workshop(HTTP.replace("gpu", repr(target)), missing="w-p-gpu")
    shop.deliver()
    assert shop.world.state == "ERROR"
    assert target in str(shop.world.head.state_info)


@pytest.mark.parametrize("target", ["x" * 500_000, f"<% list('{'x' * 500_000}') %>"], ids=["text", "list"])
def test_a_target_that_is_no_name_does_not_make_the_head_of_the_run_too_large(target: str) -> None:
    outboxes: list[int] = []
    world = World(f'tasks: {{t: {{action: std.http, input: {{url: u}}, target: "{target}"}}}}')
    world.runs.after_commit.append(lambda: outboxes.append(len(dumps(world.head.outbox))))
    world.process(Workshop().orders).apply(ID, [Proceed()])
    assert 0 < max(outboxes) < 1000
    [refused] = world.queues.events
    assert "target" in dumps(refused.body)


def test_without_a_target_or_without_workers_the_executor_gets_it() -> None:
    shop = Workshop("tasks: {t: {action: std.http, input: {url: u}}}")
    assert (len(shop.world.queues.actions), shop.queues.sent) == (1, [])
    world = World(HTTP)
    world.advance.apply(ID, [Proceed()])
    assert len(world.queues.actions) == 1


projects = st.text(min_size=1, max_size=30)
targets = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)


@given(projects, targets, projects, targets)
def test_projects_and_targets_never_meet_in_a_queue(one: str, at: str, other: str, to: str) -> None:
    met = queue_of("w-{project}-", one, at) == queue_of("w-{project}-", other, to)
    assert met == ((one, at) == (other, to))


@pytest.mark.parametrize("target", ["", "a.fifo", "a b", "é", None, 1, ["a"], "x" * 79])
def test_what_cannot_be_a_queue(target: str) -> None:
    with pytest.raises(InvalidRequest, match="target"):
        queue_of("w-", "p", target)


def test_a_token_is_good_for_one_action_and_a_time() -> None:
    tokens, retired = ReplyTokens(KEYS), ReplyTokens(KEYS[1:])
    token = retired.token("a", NOW)
    tokens.check("a", token, NOW + LIFE)
    end, _, signature = token.partition(".")
    for action_id, wrong, moment in [
        ("b", token, NOW),
        ("a", token, NOW + LIFE + timedelta(seconds=1)),
        ("a", f"{int(end) + 1}.{signature}", NOW),
        ("a", f"{end}.", NOW),
        ("a", f"{end}.é", NOW),
        ("a", "", NOW),
        ("a", ReplyTokens(["m" * 32]).token("a", NOW), NOW),
    ]:
        with pytest.raises(Forbidden) as refused:
            tokens.check(action_id, wrong, moment)
        assert signature not in refused.value.message
