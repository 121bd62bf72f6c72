"""One deployment for all tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import emulator
from tests.client.shell import Shell, opened
from tests.e2e import stage as stages
from tests.e2e.stage import Stage


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle and the template."""
    return stages.package(tmp_path_factory.mktemp("package") / "a")


@pytest.fixture(scope="session")
def stage(package: Path) -> Iterator[Stage]:
    """A stage on an emulator that allows a function what its role allows, and nothing else."""
    with emulator.start(AUTH="true") as running:
        yield stages.deployed(running.url, package)


@pytest.fixture(scope="session")
def mistral(stage: Stage) -> Iterator[Shell]:
    """The released client's shell."""
    with opened(stage.client_url, {**os.environ}) as shell:
        yield shell
