"""kill -9 of the executor and of the step handler in the middle of actions, under load; somebody outside counts."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.local.process import local_run
from tests.workers.counter import tally
from tests.workers.rig import SETTINGS, Rig, eventually, process

pytestmark = pytest.mark.xdist_group("workers")
EXECUTIONS = 12
LOAD = """
version: '2.0'
load:
  input: [url, n]
  tasks:
    once: {action: std.http, input: {url: <% $.url + "/once-slow/" + str($.n) %>}}
    often: {action: std.http, input: {url: <% $.url + "/often-slow/" + str($.n) %>}, safe-rerun: true}
    outside: {action: shop.hit, input: {url: <% $.url + "/outside-slow/" + str($.n) %>, seconds: 0.3}}
"""


@pytest.mark.usefixtures("announced")
def test_kill_9_of_the_executor_and_of_the_step_handler(rig: Rig) -> None:
    command = ("-m", "meltemi_worker", "tests.workers.shop:worker", "--queue", "w-shop", "--api", rig.run.url)
    with ExitStack() as stack:
        outside = stack.enter_context(tally())
        stack.enter_context(process(rig.run, *command, "--poll", "1", PYTHONPATH="worker/src"))
        victims = [  # beside those of the run, which live on
            stack.enter_context(local_run(**SETTINGS, AWS_ENDPOINT_URL=rig.run.endpoint, ROLES=role))
            for role in ("step", "executor")
        ]
        rig.create("workflows", LOAD)
        ids = [rig.start("load", url=outside.url, n=n) for n in range(EXECUTIONS)]
        eventually(lambda: len(outside.of("once-slow")) + len(outside.of("often-slow")) > EXECUTIONS / 2)
        for victim in victims:
            victim.kill()
        found = [rig.ended(execution_id) for execution_id in ids]
        actions = [action for execution_id in ids for action in rig.actions(execution_id)]
    assert set(outside.of("once-slow")) == {1}, "at most once"
    assert (len(outside.of("often-slow")), min(outside.of("often-slow"))) == (EXECUTIONS, 1), "at least once"
    assert outside.of("outside-slow") == [1] * EXECUTIONS, "the worker was alive all the time"
    failed = [action["task_name"] for action in actions if action["state"] == "ERROR"]
    assert set(failed) <= {"once"}
    assert [one["state"] for one in found].count("ERROR") == len(failed)
    assert len(outside.of("once-slow")) + len(failed) >= EXECUTIONS, "nothing was left out without an error"
