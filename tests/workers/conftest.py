"""One run for the tests of external workers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from tests.local.process import local_run
from tests.workers.rig import SETTINGS, Rig, eventually, process


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    with local_run(**SETTINGS) as run, requests.Session() as http:
        http.trust_env = False
        yield Rig.of(run, http)


@pytest.fixture(scope="session")
def announced(rig: Rig) -> list[dict[str, object]]:
    """What a worker of `shop` wrote into its log that announced its actions and was stopped then."""
    rig.queue("shop")
    command = ("-m", "meltemi_worker", "tests.workers.shop:worker", "--queue", "w-shop", "--api", rig.run.url)
    with process(rig.run, *command, "--announce", "--poll", "1", PYTHONPATH="worker/src") as worker:
        eventually(lambda: "shop.fail" in [action["name"] for action in rig.ask("GET", "actions")["actions"]])
        worker.terminate()
        return [json.loads(line) for line in worker.communicate(timeout=30)[1].splitlines()]
