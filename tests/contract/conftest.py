"""Endpoints for the contract tests: moto in this process, and an embedded emulator as a child process.

`backend` runs a test on both; a test that needs threads or real FIFO queues asks for `ministack_backend`, as moto
loses concurrent updates and deduplicates weakly.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from moto import mock_aws

from chalicelib.settings.service import Settings
from local import emulator, resources
from local.clients import Clients, connect

REGION = "us-east-1"


@dataclass(frozen=True)
class Backend:
    """Fresh tables, queues and a bucket at one endpoint (None: moto in this process)."""

    endpoint_url: str | None
    clients: Clients
    resources: resources.Resources

    @property
    def settings(self) -> Settings:
        """Settings that name these resources."""
        endpoint = {"AWS_ENDPOINT_URL": self.endpoint_url} if self.endpoint_url else {}
        return Settings.from_env({**self.resources.environment(), **endpoint, "AWS_REGION": REGION})


@pytest.fixture(scope="session")
def ministack_url() -> Iterator[str]:
    with emulator.start() as running:
        yield running.url


@pytest.fixture(scope="session")
def ministack_clients(ministack_url: str) -> Iterator[Clients]:
    with connected(ministack_url) as clients:
        yield clients


@pytest.fixture
def ministack_backend(ministack_url: str, ministack_clients: Clients) -> Backend:
    return Backend(ministack_url, ministack_clients, resources.create(ministack_clients, fresh_prefix()))


@pytest.fixture
def moto_backend() -> Iterator[Backend]:
    with mock_aws(), connected(None) as clients:
        yield Backend(None, clients, resources.create(clients, fresh_prefix()))


@pytest.fixture(params=["moto", "ministack"])
def backend(request: pytest.FixtureRequest) -> Backend:
    chosen: Backend = request.getfixturevalue(f"{request.param}_backend")
    return chosen


def fresh_prefix() -> str:
    """For names of its own: an emulator is shared by all tests, and so is moto where mocks are nested."""
    return f"t{uuid.uuid4().hex[:12]}"


@contextmanager
def connected(endpoint_url: str | None) -> Iterator[Clients]:
    """Clients whose sockets are closed at the end."""
    clients = connect(endpoint_url, REGION)
    try:
        yield clients
    finally:
        for client in (clients.dynamodb, clients.sqs, clients.s3):
            client.close()
