"""The emulator of the contract tests serves here too: tables and queues for each module, or for each test."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local import resources
from tests.contract.conftest import Backend, connected, ministack_url
from tests.faults.process import Adapters

__all__ = ["ministack_url"]


@pytest.fixture(scope="module")
def adapters(ministack_url: str) -> Iterator[Adapters]:
    with _made(ministack_url) as made:
        yield made


@pytest.fixture
def own_adapters(ministack_url: str) -> Iterator[Adapters]:
    """For tests that play many executions: queries of the emulator take the longer the more rows a table has."""
    with _made(ministack_url) as made:
        yield made


@contextmanager
def _made(url: str) -> Iterator[Adapters]:
    with connected(url) as clients:
        made = resources.create(clients, f"t{uuid.uuid4().hex[:12]}")
        yield Adapters.over(Backend(url, clients, made))
