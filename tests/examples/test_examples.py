"""Every example runs against a real local service: its final state, its output, and the tasks that it ran."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.examples.api import Api
from tests.examples.peer import Answers, peer

pytestmark = pytest.mark.xdist_group("examples")

Deed = Callable[[Api, str], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One execution of an example. PEER in the input stands for the address of the other side."""

    example: str
    input: dict[str, Any]
    answers: Answers = field(default_factory=dict)
    deed: Deed | None = None
    """What somebody does meanwhile."""
    state: str = "SUCCESS"
    output: dict[str, Any]
    tasks: list[str]
    """Names of its task executions."""
    member: str | None = None
    """Of a workbook: the workflow that is started."""


def decision(state: str, output: object) -> Deed:
    """Somebody decides."""
    return lambda api, execution_id: api.complete(execution_id, "ask", state, output)


def signature(approved: bool, comment: str) -> Deed:
    """Somebody opens the link and answers."""

    def sign(api: Api, execution_id: str) -> None:
        link = api.open_link(execution_id, "link")
        assert api.answer(link, approved, comment)["answer"]["approved"] is approved

    return sign


def window(api: Api, execution_id: str) -> None:
    """The maintenance window opens."""
    paused = api.execution_in(execution_id, "PAUSED")
    assert paused["state_info"] == "waiting for the maintenance window"
    assert api.task_names(execution_id) == ["drain"]
    api.resume(execution_id)


LAPTOP = {"what": "a laptop", "amount": 1800}
SUPPLIERS = {name: f"PEER/{name}" for name in ("north", "south", "west")}
SERVICES = {name: f"PEER/{name}" for name in ("shop", "stock", "mail")}
CHECKS = ["check_shop", "check_stock", "check_mail", "report"]
OFFERS = ["ask_north", "ask_south", "ask_west", "choose"]
RELEASED: Answers = {
    "POST /builds": [(201, {"image": "app-7"})],
    "POST /tests/app-7": [(200, None)],
    "POST /scans/app-7": [(200, None)],
    "POST /deployments": [(201, None)],
    "GET /metrics/app-7": [(200, {"error_rate": 0.002})],
    "POST /rollbacks": [(200, None)],
}
UP_TO_CANARY = ["build", "unit_tests", "scan", "canary"]
DEPLOY = {"api": "PEER", "version": "7"}

CASES = [
    # approval
    Case(
        example="word_count",
        input={"text": "to be or not to be"},
        output={"words": {"be": 2, "to": 2, "not": 1}, "problem": None},
        tasks=["count"],
    ),
    Case(
        example="word_count",
        input={"text": "?!"},
        output={"words": None, "problem": "There are no words in the text."},
        tasks=["count"],
    ),
    Case(
        example="approval",
        input={"what": "pencils", "amount": 12},
        output={"granted": True, "by": "the rule"},
        tasks=["look"],
    ),
    Case(
        example="approval",
        input=LAPTOP,
        deed=decision("SUCCESS", {"granted": False, "by": "Grace"}),
        output={"granted": False, "by": "Grace"},
        tasks=["look", "ask"],
    ),
    Case(
        example="approval",
        input=LAPTOP,
        deed=decision("ERROR", {"why": "nobody is in"}),
        output={"granted": False, "by": "nobody"},
        tasks=["look", "ask"],
    ),
    # sign_off
    Case(
        example="sign_off",
        input={"what": "Deploy it?", "chat": "PEER/chat"},
        answers={"POST /chat": [(200, None)]},
        deed=signature(False, "not on Friday"),
        output={"approved": False, "why": "not on Friday"},
        tasks=["link", "tell", "ask"],
    ),
    # collect_pages
    Case(
        example="collect_pages",
        input={"server": "PEER", "path": "/orders"},
        answers={
            "GET /orders": [(200, {"items": [1, 2], "next": "/orders?page=2"})],
            "GET /orders?page=2": [(200, {"items": [3], "next": "/orders?page=3"})],
            "GET /orders?page=3": [(200, {"items": [4, 5]})],
        },
        output={"items": [1, 2, 3, 4, 5], "pages": 3},
        tasks=["begin", "page", "page", "page"],
    ),
    # deploy_pipeline
    Case(
        example="deploy_pipeline",
        input=DEPLOY,
        answers=RELEASED,
        output={"image": "app-7", "error_rate": 0.002},
        tasks=[*UP_TO_CANARY, "look", "promote"],
    ),
    Case(  # the first users see errors
        example="deploy_pipeline",
        input=DEPLOY,
        answers={**RELEASED, "GET /metrics/app-7": [(200, {"error_rate": 0.3})]},
        state="ERROR",
        output={"result": "app-7 was rolled back", "image": "app-7", "error_rate": 0.3},
        tasks=[*UP_TO_CANARY, "look", "roll_back"],
    ),
    Case(  # nobody knows how the first users fare
        example="deploy_pipeline",
        input=DEPLOY,
        answers={**RELEASED, "GET /metrics/app-7": [(503, None)]},
        state="ERROR",
        output={"result": "app-7 was rolled back", "image": "app-7", "error_rate": None},
        tasks=[*UP_TO_CANARY, "look", "roll_back"],
    ),
    # fan_out_join
    Case(
        example="fan_out_join",
        input=SUPPLIERS,
        answers={f"GET /{name}": [(200, {"price": price})] for name, price in zip(SUPPLIERS, (12, 9, 30), strict=True)},
        output={"offers": {"north": 12, "south": 9, "west": 30}, "best": "south"},
        tasks=OFFERS,
    ),
    Case(  # one supplier fails
        example="fan_out_join",
        input=SUPPLIERS,
        answers={"GET /north": [(200, {"price": 12})], "GET /west": [(200, {"price": 11})]},
        output={"offers": {"north": 12, "west": 11}, "best": "west"},
        tasks=OFFERS,
    ),
    Case(  # all fail
        example="fan_out_join",
        input=SUPPLIERS,
        state="ERROR",
        output={"result": "no supplier answered", "best": None},
        tasks=OFFERS,
    ),
    # health_report
    Case(
        example="health_report",
        input=SERVICES,
        answers={f"GET /{name}": [(200, None)] for name in SERVICES},
        output={"healthy": True, "checks": {"shop": "up", "stock": "up", "mail": "up"}},
        tasks=CHECKS,
    ),
    Case(
        example="health_report",
        input={**SERVICES, "mail": "http://127.0.0.1:9"},
        answers={"GET /shop": [(200, None)], "GET /stock": [(500, None)]},
        output={"healthy": False, "checks": {"shop": "up", "stock": "down", "mail": "down"}},
        tasks=CHECKS,
    ),
    # maintenance_window
    Case(
        example="maintenance_window",
        input={"host": "a1", "package": "nginx"},
        deed=window,
        output={"done": ["drained a1", "upgraded nginx", "a1 is back"]},
        tasks=["drain", "upgrade", "undrain"],
    ),
    # release_notes
    Case(
        example="release_notes",
        input={
            "version": "1.2",
            "changes": [
                {"kind": "added", "text": "joins"},
                {"kind": "fixed", "text": "a typo"},
                {"kind": "added", "text": "loops"},
            ],
        },
        output={"text": "Version 1.2\n\nAdded:\n- joins\n- loops\n\nFixed:\n- a typo\n", "count": 3},
        tasks=["sort", "write"],
    ),
    # patient_import
    Case(
        example="patient_import",
        input={"service": "PEER", "records": [1, 2, 3], "slowest": 1},
        answers={
            "GET /ready": [(503, None), (503, None), (200, None)],
            "GET /records/1": [(200, "one")],
            "GET /records/3": [(200, "three")],
        },
        output={"imported": ["one", "three"], "missing": 1},
        tasks=["wait_until_ready", "fetch"],
    ),
    Case(
        example="patient_import",
        input={"service": "PEER", "records": [1, 2, 3]},
        answers={"GET /ready": [(200, None)], "GET /records/1": [(200, "one")]},
        state="ERROR",
        output={"result": "too many records are missing", "missing": 2},
        tasks=["wait_until_ready", "fetch"],
    ),
    # retry_by_hand
    Case(
        example="retry_by_hand",
        input={"url": "PEER/job", "pause": 0},
        answers={"GET /job": [(503, None), (503, None), (200, "done")]},
        output={"answer": "done", "attempt": 3},
        tasks=["begin", "call", "wait", "call", "wait", "call"],
    ),
    Case(
        example="retry_by_hand",
        input={"url": "PEER/job", "pause": 0, "attempts": 2},
        state="ERROR",
        output={"result": "given up after 2 attempts", "attempt": 2},
        tasks=["begin", "call", "wait", "call"],
    ),
    # shop_orders
    Case(
        example="shop_orders",
        member="check",
        input={"shop": "PEER", "id": "17"},
        answers={
            "GET /orders/17": [(200, {"item": "pencils", "count": 12})],
            "GET /stock/pencils": [(200, {"available": 40})],
        },
        output={"what": "pencils", "deliverable": True},
        tasks=["look", "count"],
    ),
]

ELSEWHERE = {"migrate_machine"}
"""What has a test of its own."""


def name_of(case: Case) -> str:
    return case.example


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_example(case: Case, api: Api) -> None:
    with peer(case.answers) as other:
        given = {
            name: value.replace("PEER", other.url) if isinstance(value, str) else value
            for name, value in case.input.items()
        }
        execution_id = api.start(case.example if case.member is None else f"{case.example}.{case.member}", given)
        if case.deed is not None:
            case.deed(api, execution_id)
        ended = api.execution_in(execution_id, "SUCCESS", "ERROR", "CANCELLED")
    assert (ended["state"], api.output_of(ended)) == (case.state, case.output), ended["state_info"]
    assert sorted(api.task_names(execution_id)) == sorted(case.tasks)


def test_example_is_run_and_says_what_it_is(example: Path) -> None:
    assert example.stem in {case.example for case in CASES} | ELSEWHERE
    assert example.read_text().startswith("# ")
