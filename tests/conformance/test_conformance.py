"""Every case of the corpus against a local run, several at a time, as most of a case is waiting."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.conformance import run
from tests.local.process import local_run

GIVEN_URL = os.environ.get("CONFORMANCE_URL")
JOBS = 12
SCALE = 2.0
"""Time limits are recorded on an idle machine; here the other tests run beside it."""

Case = dict[str, Any]

pytestmark = pytest.mark.xdist_group("conformance")


CASES: list[Case] = run.load_cases()


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """A local run, or the server that CONFORMANCE_URL names."""
    if GIVEN_URL:
        yield GIVEN_URL
        return
    with local_run(ALLOW_ACTION_EXECUTION_DELETION="true") as running:
        yield running.url


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, base_url: str) -> Iterator[Mapping[str, Future[Any]]]:
    """The outcomes of all selected cases, on their way."""
    selected = {item.name for item in request.session.items}
    cases = [case for case in CASES if f"test_case[{case['name']}]" in selected]
    with ThreadPoolExecutor(JOBS) as pool:
        yield {case["name"]: pool.submit(run.run_case, case, base_url, scale=SCALE) for case in cases}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_case(case: Case, outcomes: Mapping[str, Future[Any]]) -> None:
    outcome = outcomes[case["name"]].result()
    assert not outcome.problems, "\n".join(outcome.problems)
