from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.actions.web import Web


@pytest.fixture(scope="session")
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.stop()
