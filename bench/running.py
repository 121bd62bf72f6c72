"""Runs a workload through the API and the functions, and checks that it did what it should."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.lambdas import Accounts, Lambdas
from bench.usage import Usage
from bench.workloads import Workload
from local.gateway import Reply, Request


class WorkloadFailed(RuntimeError):
    """A workload did not end as it should, so its costs mean nothing."""


@dataclass(frozen=True)
class Measured:
    """One workload and what it used."""

    workload: Workload
    accounts: Accounts
    cold_cpu_seconds: float
    """Processor time of the first run, when nothing was known of the definition."""
    elapsed: float

    @property
    def total(self) -> Usage:
        return self.accounts.total


def measure(lambdas: Lambdas, workload: Workload) -> Measured:
    """Run a workload twice; the second time counts, when the process knows the definition already."""
    lambdas.batch = workload.batch
    _call(lambdas, "POST", "/v2/workflows", workload.text, "text/plain")
    first, _ = _run(lambdas, workload)
    accounts, elapsed = _run(lambdas, workload)
    _call(lambdas, "DELETE", f"/v2/workflows/{_workflow_name(workload)}")
    return Measured(workload, accounts, first.total.cpu_seconds, elapsed)


def _run(lambdas: Lambdas, workload: Workload) -> tuple[Accounts, float]:
    lambdas.accounts = accounts = Accounts()
    began = time.perf_counter()
    started = [_start(lambdas, workload) for _ in range(workload.executions)]
    lambdas.drain()
    elapsed = time.perf_counter() - began
    lambdas.accounts = Accounts()  # looking at the outcome is not part of the workload
    for execution_id in started:
        _check(lambdas, workload, execution_id)
    return accounts, elapsed


def _start(lambdas: Lambdas, workload: Workload) -> str:
    body = json.dumps({"workflow_name": _workflow_name(workload), "input": json.dumps(workload.input)})
    return str(json.loads(_call(lambdas, "POST", "/v2/executions", body).body)["id"])


def _check(lambdas: Lambdas, workload: Workload, execution_id: str) -> None:
    execution = json.loads(_call(lambdas, "GET", f"/v2/executions/{execution_id}").body)
    if execution["state"] != "SUCCESS":
        raise WorkloadFailed(f"{workload.name}: {execution['state']}: {execution.get('state_info')}")
    states = list(_task_states(lambdas, execution_id))
    if states != ["SUCCESS"] * workload.tasks:
        raise WorkloadFailed(f"{workload.name}: {len(states)} tasks, {states.count('SUCCESS')} of them in SUCCESS")


def _task_states(lambdas: Lambdas, execution_id: str) -> Iterator[str]:
    target: str | None = f"/v2/tasks?workflow_execution_id={execution_id}&fields=id,state&limit=500"
    while target:
        page = json.loads(_call(lambdas, "GET", target).body)
        yield from (task["state"] for task in page["tasks"])
        following = urlsplit(page.get("next", ""))
        target = f"{following.path}?{following.query}" if following.query else None


def _call(lambdas: Lambdas, method: str, target: str, body: str = "", kind: str = "application/json") -> Reply:
    headers = {"host": ["127.0.0.1"], "content-type": [kind], "accept": ["application/json"]}
    reply = lambdas.call_api(Request(method, target, headers, body.encode()))
    if reply.status >= 300:
        raise WorkloadFailed(f"{method} {target}: {reply.status} {reply.body.decode()[:300]}")
    return reply


def _workflow_name(workload: Workload) -> str:
    return workload.text.splitlines()[2].rstrip(":")
