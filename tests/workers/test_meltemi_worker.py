"""`meltemi-worker` as a process, against a local run."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.workers.counter import Tally, tally
from tests.workers.rig import Rig, eventually, process

pytestmark = pytest.mark.xdist_group("workers")

WORKFLOWS = """
version: '2.0'
once:
  input: [urls, seconds]
  output: {hit: <% task(hit).result %>}
  tasks:
    hit:
      with-items: u in <% $.urls %>
      action: shop.hit url=<% $.u %> seconds=<% $.seconds %>
      safe-rerun: false
often:
  input: [urls, seconds]
  output: {hit: <% task(hit).result %>}
  tasks:
    hit:
      with-items: u in <% $.urls %>
      action: shop.hit url=<% $.u %> seconds=<% $.seconds %>
      safe-rerun: true
timed:
  input: [url]
  tasks: {hit: {action: shop.hit, input: {url: <% $.url %>, seconds: 30}, timeout: 2}}
failing:
  input: [how]
  output: {error: <% task(t).result %>}
  tasks:
    t: {action: shop.fail how=<% $.how %>, on-error: after}
    after: {action: std.noop}
"""


@contextmanager
def workers(rig: Rig, count: int = 1, grace: str = "3") -> Iterator[list[subprocess.Popen[str]]]:
    """Worker processes with two threads each."""
    command = ("-m", "meltemi_worker", "tests.workers.shop:worker", "--queue", "w-shop", "--api", rig.run.url)
    options = ("--threads", "2", "--poll", "1", "--grace", grace, "--announce")
    with ExitStack() as stack:
        yield [stack.enter_context(process(rig.run, *command, *options, PYTHONPATH="worker/src")) for _ in range(count)]


@pytest.fixture(scope="module", autouse=True)
def _definitions(rig: Rig) -> None:
    rig.queue("shop")
    with workers(rig) as [worker]:
        eventually(lambda: "shop.fail" in [a["name"] for a in rig.ask("GET", "actions")["actions"]])
        worker.terminate()
        log = [json.loads(line) for line in worker.communicate(timeout=30)[1].splitlines()]
    assert [line["message"] for line in log if "action" in line] == ["announced", "announced"]
    rig.create("workflows", WORKFLOWS)


@pytest.fixture
def outside() -> Iterator[Tally]:
    with tally() as counting:
        yield counting


def urls(outside: Tally, group: str, count: int) -> list[str]:
    return [f"{outside.url}/{group}/{n}" for n in range(count)]


def test_what_a_worker_announces_is_an_action_like_any_other(rig: Rig, outside: Tally) -> None:
    shown = rig.ask("GET", "actions/shop.hit")
    assert (shown["input"], shown["description"]) == ("url, seconds=0", "Hits a URL, then takes its time.")
    with workers(rig):
        found = rig.output(rig.start("once", urls=urls(outside, "a", 5), seconds=0))
        assert found == {"hit": ["0", "1", "2", "3", "4"]}
        errors = [rig.output(rig.start("failing", how=how)) for how in ("choice", "other")]
    assert errors == [{"error": {"reason": "choice"}}, {"error": "ValueError: other"}]
    assert outside.of("a") == [1] * 5


def test_progress_is_shown_and_a_cancel_reaches_the_worker(rig: Rig, outside: Tally) -> None:
    with workers(rig) as [worker]:
        execution_id = rig.start("once", urls=urls(outside, "b", 1), seconds=60)
        eventually(lambda: outside.of("b"))
        progress = eventually(lambda: rig.progress(execution_id, 50))
        assert progress["message"] == "hit"
        rig.ask("PUT", f"executions/{execution_id}", json={"state": "CANCELLED"})
        eventually(lambda: not rig.depth("w-shop"))
        worker.terminate()
        log = [json.loads(line) for line in worker.communicate(timeout=30)[1].splitlines()]
    assert {line["action"] for line in log if line["message"] == "gone"} == {"shop.hit"}
    assert not [line for line in log if "http" in json.dumps(line)], "no payload in the log"


def test_a_timeout_reaches_the_worker(rig: Rig, outside: Tally) -> None:
    with workers(rig):
        rig.output(rig.start("once", urls=urls(outside, "warm", 1), seconds=0))
        found = rig.ended(rig.start("timed", url=f"{outside.url}/c/0"))
        assert (found["state"], outside.of("c")) == ("ERROR", [1])
        assert "imeout" in found["state_info"] or "timed out" in found["state_info"]
        eventually(lambda: not rig.depth("w-shop"))


def test_sigterm_hands_back_what_may_run_again(rig: Rig, outside: Tally) -> None:
    with workers(rig, grace="0.5") as [worker]:
        execution_id = rig.start("often", urls=urls(outside, "d", 1), seconds=2)
        eventually(lambda: outside.of("d"))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    with workers(rig):
        assert rig.output(execution_id) == {"hit": ["0"]}
    assert outside.of("d") == [2]


def test_kill_9_of_a_worker_in_the_middle_of_its_actions(rig: Rig, outside: Tally) -> None:
    with workers(rig, 3) as [victim, *_]:
        once = rig.start("once", urls=urls(outside, "once", 9), seconds=1.2)
        often = rig.start("often", urls=urls(outside, "often", 9), seconds=1.2)
        eventually(lambda: len(outside.of("once")) > 3 and len(outside.of("often")) > 1)
        threading.Event().wait(0.5)  # in the middle of something
        victim.kill()
        assert rig.output(often) == {"hit": [str(n) for n in range(9)]}
        ended = rig.ended(once)
    assert set(outside.of("once")) == {1}, "at most once"
    assert len(outside.of("often")) == 9, "at least once"
    states = [action["state"] for action in rig.actions(once)]
    assert len(states) == 9
    assert states.count("ERROR") + sum(outside.of("often")) - 9 == 2, "the two threads of the victim had one each"
    assert ended["state"] == ("ERROR" if "ERROR" in states else "SUCCESS")
