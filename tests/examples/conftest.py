"""The examples, stored in a running service once."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.emulator import ROOT
from tests.examples.api import Api
from tests.local.process import LocalRun

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


@pytest.fixture(scope="session")
def api(service: LocalRun) -> Api:
    """A service that knows every example."""
    client = Api(service.url)
    client.create_action("words", (ROOT / "examples/word_count.py").read_text(), "words.count", "Count")
    for path in EXAMPLES:
        client.create(path.read_text())
    return client


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
def example(request: pytest.FixtureRequest) -> Path:
    """Each of the examples."""
    path: Path = request.param
    return path
