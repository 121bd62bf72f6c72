"""The REST API as the tests of the examples use it."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import requests

PATIENCE = 30.0


class Api:
    """A client of one running service."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def create(self, definition: str) -> None:
        """Store the workflows of a text, or the workbook that it is."""
        kind = "workbooks" if "\nworkflows:" in definition else "workflows"
        self._ask("POST", kind, data=definition.encode(), headers={"Content-Type": "text/plain"})

    def create_action(self, source: str, code: str, name: str, class_name: str) -> None:
        """Store a code source, and a class of it as an action."""
        self._ask("POST", f"code_sources?name={source}", data=code, headers={"Content-Type": "text/plain"})
        made = {"name": name, "class_name": class_name, "code_source_name": source}
        self._ask("POST", "dynamic_actions", json=made)

    def start(self, workflow: str, given: dict[str, Any]) -> str:
        """Start an execution; its id."""
        found = self._ask("POST", "executions", json={"workflow_name": workflow, "input": given})
        return str(found["id"])

    def listen(self, workflow: str, trigger: dict[str, Any]) -> None:
        """Have events start a workflow."""
        found = self._ask("GET", f"workflows/{workflow}")
        self._ask("POST", "event_triggers", json={**trigger, "workflow_id": found["id"]})

    def only_execution_in(self, *states: str) -> dict[str, Any]:
        """The one execution that there is, as soon as it is in one of `states`."""
        deadline = time.monotonic() + PATIENCE
        while not (found := self._ask("GET", "executions")["executions"]):
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
        assert len(found) == 1
        return self.execution_in(found[0]["id"], *states)

    def execution_in(self, execution_id: str, *states: str) -> dict[str, Any]:
        """The execution as soon as it is in one of `states`."""
        deadline = time.monotonic() + PATIENCE
        while (found := self._execution(execution_id))["state"] not in states:
            assert time.monotonic() < deadline, found
            threading.Event().wait(0.02)
        return found

    def output_of(self, execution: dict[str, Any]) -> Any:
        """The output of an execution."""
        return json.loads(execution["output"])

    def resume(self, execution_id: str) -> None:
        """Let a paused execution go on."""
        self._ask("PUT", f"executions/{execution_id}", json={"state": "RUNNING"})

    def complete(self, execution_id: str, task: str, state: str, output: Any) -> None:
        """Bring the result of the action that `task` waits for, as soon as it does."""
        deadline = time.monotonic() + PATIENCE
        while (action_id := self._waiting_action(execution_id, task)) is None:
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
        self._ask("PUT", f"action_executions/{action_id}", json={"state": state, "output": json.dumps(output)})

    def open_link(self, execution_id: str, task: str) -> str:
        """The link that `task` has made, below the address of the service, as soon as somebody waits for its answer."""
        deadline = time.monotonic() + PATIENCE
        while not (found := self._waited_for(execution_id, task)):
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
        return found

    def answer(self, link: str, approved: bool, comment: str) -> Any:
        """Answer by a link; what it says then."""
        return self._ask("POST", f"links/{link}", json={"approved": approved, "comment": comment})

    def task_names(self, execution_id: str) -> list[str]:
        """The names of the task executions."""
        return [task["name"] for task in self._ask("GET", f"executions/{execution_id}/tasks")["tasks"]]

    def _execution(self, execution_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", f"executions/{execution_id}")
        return found

    def _waited_for(self, execution_id: str, task: str) -> str:
        if not self._ask("GET", f"signals/sign-off {execution_id}")["waiting"]:
            return ""
        tasks = {found["name"]: found for found in self._ask("GET", f"executions/{execution_id}/tasks")["tasks"]}
        link = json.loads(self._ask("GET", f"tasks/{tasks[task]['id']}")["result"])
        return str(link).rpartition("/v2/links/")[2]

    def _waiting_action(self, execution_id: str, task: str) -> str | None:
        for found in self._ask("GET", f"executions/{execution_id}/tasks")["tasks"]:
            if found["name"] == task and found["state"] == "RUNNING":
                actions = self._ask("GET", f"tasks/{found['id']}/action_executions")["action_executions"]
                return str(actions[0]["id"])
        return None

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        answer = self._session.request(method, f"{self._url}/{path}", timeout=PATIENCE, **request)
        assert answer.ok, answer.text
        return answer.json()
