"""The emulator of the contract tests serves here too, with one set of tables and queues."""

import uuid
from collections.abc import Iterator

import pytest

from local import resources
from tests.contract.conftest import Backend, connected, ministack_url
from tests.faults.process import Adapters

__all__ = ["ministack_url"]


@pytest.fixture(scope="module")
def adapters(ministack_url: str) -> Iterator[Adapters]:
    with connected(ministack_url) as clients:
        made = resources.create(clients, f"t{uuid.uuid4().hex[:12]}")
        yield Adapters.over(Backend(ministack_url, clients, made))
