"""One run for the tests of external workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.local.process import local_run
from tests.workers.rig import SETTINGS, Rig


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    with local_run(**SETTINGS) as run, requests.Session() as http:
        http.trust_env = False
        yield Rig.of(run, http)
