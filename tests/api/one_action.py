"""An action that runs by itself, for the tests of running it."""

from __future__ import annotations

import json
from typing import Any

from tests.api.client import Api

PATH = "/v2/action_executions"


def run(api: Api, name: str, given: object = None, **params: object) -> Any:
    shown = api.ok("POST", PATH, {"name": name, "input": given or {}, "params": params})
    api.clock.tick()
    return shown


def shown(api: Api, action_id: str) -> tuple[str, Any, bool]:
    found = api.ok("GET", f"{PATH}/{action_id}")
    return found["state"], found["output"] and json.loads(found["output"])["result"], found["accepted"]
