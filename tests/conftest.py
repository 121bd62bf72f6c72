"""For all tests: nothing may reach a real account, whatever the developer's shell exports. And one running service."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.local.process import LocalRun, local_run

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session")
def service() -> Iterator[LocalRun]:
    """The whole service as `make run` starts it, one for all tests of a process that do not mind each other."""
    with local_run() as running:
        yield running
