"""`python -m bench.lists`: what lists of executions cost in a project with very many of them.

The executions are written straight into the table, in batches; each list is then one request to the handlers.
"""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from bench import stack
from bench.lambdas import API, Accounts, Lambdas
from bench.running import WorkloadFailed
from chalicelib.adapters.dynamo.runs.store import DynamoRuns
from chalicelib.adapters.dynamo.runs.table import Row, Table
from chalicelib.bootstrap import container
from chalicelib.core.engine.state.draft import Changes
from chalicelib.core.model import Start, opened
from chalicelib.core.states import ERROR, PAUSED, RUNNING, SUCCESS
from chalicelib.service.access.caller import DEFAULT_PROJECT
from local.gateway import Request

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
STATES = {997: RUNNING, 991: PAUSED, 499: ERROR}
"""One in so many executions is in this state; all others have succeeded."""
RARE = 1009
"""One in so many is of the workflow `rare`."""
MIDDLE = "2026-01-01 01:23:20"

LISTS: dict[str, dict[str, str]] = {
    "the newest 20": {"limit": "20", "sort_keys": "created_at", "sort_dirs": "desc"},
    "the oldest 20": {"limit": "20"},
    "a page of 1,000": {"limit": "1000"},
    "20 in ERROR": {"limit": "20", "state": "ERROR"},
    "20 of a rare workflow": {"limit": "20", "workflow_name": "rare"},
    "20 of a common workflow in SUCCESS": {"limit": "20", "workflow_name": "common", "state": "SUCCESS"},
    "20 created after a time": {"limit": "20", "created_at": f"gt:{MIDDLE}"},
    "20 in ERROR before a time, newest first": {
        "limit": "20",
        "state": "ERROR",
        "created_at": f"lt:{MIDDLE}",
        "sort_keys": "created_at",
        "sort_dirs": "desc",
    },
    "all in PAUSED by updated_at": {"limit": "100", "state": "PAUSED", "sort_keys": "updated_at"},
    "a description nobody has": {"limit": "20", "description": "has:nothing like this"},
}


class Loading(Table):
    """A table that only collects what is written."""

    def __init__(self, table: str, region: str, endpoint: str | None) -> None:
        super().__init__(table, region, endpoint)
        self.rows: list[Row] = []

    def save(self, row: Row, guard: Any = None) -> None:
        """Keep a row for the next batch."""
        self.rows.append(row)

    def flush(self) -> None:
        """Write what was collected."""
        with self.row.batch_write() as batch:
            for row in self.rows:
                batch.save(row)
        self.rows.clear()


def main() -> int:
    """Load, list, print."""
    options = argparse.ArgumentParser(prog="python -m bench.lists", description="What lists of executions cost.")
    options.add_argument("--executions", type=int, default=100_000)
    count = options.parse_args().executions
    with stack.running() as lambdas:
        load(count)
        print(f"| of {count:,} executions | found | read units | calls | handler ms |")
        print("| --- | ---: | ---: | ---: | ---: |")
        for name, query in LISTS.items():
            print(measured(lambdas, name, query), flush=True)
        print(measured(lambdas, "the last page", {"limit": "20", "marker": execution_id(count - 21)}))
    return 0


def load(count: int) -> None:
    """Write `count` executions, ten a second."""
    settings = container.services().settings
    table = Loading(settings.runs_table, settings.region, settings.endpoint_url)
    runs = DynamoRuns(table)
    for done, start in enumerate(executions(count), 1):
        runs.create(start, start.created_at)
        state = next((state for every, state in STATES.items() if done % every == 0), SUCCESS)
        runs.commit(start, Changes(replace(opened(start), version=1, state=state)))
        if done % 2500 == 0 or done == count:
            table.flush()
            print(f"{done:,} loaded", file=sys.stderr, flush=True)


def executions(count: int) -> Iterator[Start]:
    """What they were started with."""
    for number in range(count):
        yield Start(
            id=execution_id(number),
            project_id=DEFAULT_PROJECT,
            workflow_id="22222222-0000-4000-8000-000000000001",
            workflow_name="rare" if number % RARE == 0 else "common",
            workflow_namespace="",
            definition="d",
            input={"patient": f"p{number}", "channels": ["post", "mail"]},
            params={"namespace": ""},
            created_at=FIRST + timedelta(seconds=number / 10),
        )


def execution_id(number: int) -> str:
    """The id of one of them."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def measured(lambdas: Lambdas, name: str, query: dict[str, str]) -> str:
    """A line of the table: the second of two equal requests."""
    for _ in range(2):
        lambdas.accounts = Accounts()
        found = listed(lambdas, query)
    usage = lambdas.accounts.of(API)
    more = ", and a link" if "next" in found else ""
    rows = len(found["executions"])
    calls, milliseconds = sum(usage.requests.values()), usage.cpu_seconds * 1000
    return f"| {name} | {rows}{more} | {usage.read_units:.1f} | {calls} | {milliseconds:.0f} |"


def listed(lambdas: Lambdas, query: dict[str, str]) -> dict[str, Any]:
    """One page."""
    target = f"/v2/executions?{urlencode(query)}"
    reply = lambdas.call_api(Request("GET", target, {"host": ["127.0.0.1"]}, b""))
    if reply.status != 200:
        raise WorkloadFailed(f"{target}: {reply.status} {reply.body.decode()[:300]}")
    page: dict[str, Any] = json.loads(reply.body)
    return page


if __name__ == "__main__":
    sys.exit(main())
