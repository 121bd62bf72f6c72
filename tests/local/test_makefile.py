"""What `make` does about Python's version, with pretended Pythons and nothing installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local.emulator import ROOT

PYTHON = """#!/bin/sh
# Python {version}, as far as the Makefile asks: it makes folders for environments and notes what it is asked to do.
echo "$@" >> "$NOTES"
case "$*" in
  --version) echo "Python {version}";;
  "-c import sys"*) exit {too_old};;
  "-m venv .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder as after `git clone`, as far as `make run` looks at it."""
    for name in ("Makefile", "requirements.txt", "requirements-local.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def python(folder: Path, version: str) -> Path:
    """An executable that says it is Python of this version."""
    too_old = int(tuple(map(int, version.split("."))) < (3, 11))
    made = folder / f"python{version}"
    made.write_text(PYTHON.format(version=version, too_old=too_old))
    made.chmod(0o755)
    return made


def make(clone: Path, interpreter: Path) -> tuple[int, str, list[str]]:
    """Exit status, errors, and what the interpreters were asked to do, but for their version."""
    notes = clone / "notes"
    notes.write_text("")
    ended = subprocess.run(
        ["make", "run", f"PYTHON={interpreter}"],
        cwd=clone,
        env={"PATH": os.environ["PATH"], "NOTES": str(notes)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    asked = [line for line in notes.read_text().splitlines() if not line.startswith(("-c", "--version"))]
    return ended.returncode, ended.stderr, asked


SET_UP = [
    "-m venv .venv",
    "-m pip install --quiet --disable-pip-version-check -r requirements-local.txt",
    "-m local",
]


def test_a_python_that_is_too_old_is_named_before_anything_is_made(clone: Path) -> None:
    old = python(clone, "3.10.12")
    status, said, asked = make(clone, old)
    assert status == 2
    assert f"Python 3.11 or newer is needed; {old} is Python 3.10.12." in said
    assert "make run PYTHON=/path/to/python3.11" in said
    assert asked == []
    assert not (clone / ".venv").exists()


def test_no_python_at_all(clone: Path) -> None:
    status, said, _ = make(clone, clone / "nowhere")
    assert status == 2
    assert "Python 3.11 or newer is needed" in said
    assert not (clone / ".venv").exists()


def test_everything_is_set_up_once(clone: Path) -> None:
    new = python(clone, "3.11.9")
    assert make(clone, new) == (0, "", SET_UP)
    assert make(clone, new) == (0, "", ["-m local"])


@pytest.mark.parametrize("left", ["3.10.12", None], ids=["made by an old Python", "whose Python has gone"])
def test_an_environment_that_cannot_work_is_made_anew(clone: Path, left: str | None) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "local.stamp").touch()
    if left is not None:
        python(clone, left).rename(clone / ".venv" / "bin" / "python")
    new = python(clone, "3.12.1")
    assert make(clone, new) == (0, "", SET_UP)
    assert make(clone, new) == (0, "", ["-m local"])


def test_an_environment_that_cannot_work_is_not_used_for_want_of_a_better_one(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "local.stamp").touch()
    status, said, asked = make(clone, python(clone, "3.10.12"))
    assert (status, asked) == (2, [])
    assert "Python 3.11 or newer is needed" in said
