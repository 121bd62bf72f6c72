"""The README's session with the released client against a fresh local run: commands, and what they answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local.emulator import ROOT
from tests.local.process import local_run

pytestmark = [pytest.mark.xdist_group("examples"), pytest.mark.timeout(300)]

README = (ROOT / "README.md").read_text()
PATIENCE = 30.0
ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
READS = re.compile(r"mistral [\w-]*-(list|get)\b|mistral [\w-]*-get-")


@dataclass(frozen=True)
class Step:
    """A command of the session and what the README says it answers."""

    command: str
    answer: str


def session() -> list[Step]:
    """The README's session."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    parts = [part.partition("\n") for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
    return [Step(command, answer) for command, _, answer in parts]


def table() -> list[str]:
    """The commands of the README's table."""
    rows = [line for line in README.splitlines() if line.startswith("| ") and "`mistral " in line]
    return [command for row in rows for command in re.findall(r"`(mistral [^`]*)`", row)]


@dataclass
class Terminal:
    """A shell in which the README is followed. It knows which id of the README is which real one."""

    folder: Path
    url: str
    ids: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> str:
        """What a command of the README answers; it may not fail."""
        for written, real in self.ids.items():
            command = command.replace(written, real)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        ended = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env={**os.environ, "PATH": path, "OS_MISTRAL_URL": self.url, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
        return ended.stdout

    def first_id(self, command: str) -> str:
        """The first id that a list shows, as soon as it shows one."""
        deadline = time.monotonic() + PATIENCE
        while not (found := ID.findall(self.run(command))) and time.monotonic() < deadline:
            threading.Event().wait(0.1)
        first: str = found[0]
        return first

    def follow(self, step: Step) -> None:
        """Run a step; what only reads is repeated until it answers as written."""
        deadline = time.monotonic() + PATIENCE
        answer = self.run(step.command)
        while READS.match(step.command) and shape(answer) != shape(step.answer) and time.monotonic() < deadline:
            threading.Event().wait(0.1)
            answer = self.run(step.command)
        assert shape(answer) == shape(step.answer), step.command
        self.ids.update(zip(*(sorted_ids(text) for text in (step.answer, answer)), strict=True))


def shape(answer: str) -> list[str]:
    """What of an answer is the same each time: its lines without ids, in any order, as tasks may begin at once."""
    return sorted(ID.sub("ID", answer).splitlines())


def sorted_ids(answer: str) -> list[str]:
    """The ids of an answer, ordered by what stands beside them."""
    lines = sorted(answer.splitlines(), key=lambda line: ID.sub("ID", line))
    return [found for line in lines for found in ID.findall(line)]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A folder with the README's workflow, and a service that knows nothing yet."""
    (definition,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "invite.yaml").write_text(definition)
    with local_run() as running:
        yield Terminal(tmp_path, running.url)


def test_commands_answer_as_written(terminal: Terminal) -> None:
    for step in session():
        terminal.follow(step)
    execution = terminal.run('mistral execution-create invite \'{"guest": "Bob"}\' -c ID -f value').strip()
    task = terminal.first_id(f"mistral task-list {execution} -c ID -f value")
    action = terminal.first_id(f"mistral action-execution-list {task} -c ID -f value")
    known = {"EXECUTION": execution, "TASK": task, "ACTION": action}
    for command in table():
        terminal.run(re.sub(r"\b(EXECUTION|TASK|ACTION)\b", lambda found: known[found[0]], command))


def test_readme_has_a_session_and_a_table() -> None:
    assert len(session()) > 8
    assert len(table()) > 12


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^    )make (\w+)", README, re.MULTILINE))))
def test_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
