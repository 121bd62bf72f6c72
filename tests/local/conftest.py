"""One emulator and one run of the fake application for all tests of the local runner."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from local import emulator
from tests.local.process import LocalRun, local_run

FAKE = {"APP_MODULE": "tests.local.fake_app"}


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    with emulator.start() as running:
        yield running.url


@pytest.fixture(scope="session")
def fake_run() -> Iterator[LocalRun]:
    with local_run(**FAKE) as running:
        yield running


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session
