"""What the pages name exists: links, files, tests; and the changelog speaks of this version."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#[^)]*)?\)")
NAMED = re.compile(r"`((?:chalicelib|tests|local|ops|docs|infra|examples|bench|\.ci)/[\w./-]+)(?:::(\w+))?`")
ANY_PYTHON = re.compile(r"(?<!\.venv/bin/)python3? -m (?:local|bench|docs|infra)\b[^`\n]*")
FOLDED = re.compile(r"`((?:tests|chalicelib)/[^`]*)$", re.MULTILINE)


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(params=PAGES, ids=page_id)
def page(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text()) if link and not (page.parent / link).exists()]
    assert not broken


def test_named_files_and_tests_exist(page: Path) -> None:
    assert not list(missing(page.read_text()))


def test_commands_of_this_repository_name_its_python(page: Path) -> None:
    """One way that works: another Python does not know what these modules import."""
    if page.name != "CHANGELOG.md":  # which names modules, and tells nobody what to type
        assert not ANY_PYTHON.findall(page.read_text())


def test_the_emulator_listens_on_this_machine_alone(page: Path) -> None:
    """It runs code without a password, as `local/emulator.py` knows."""
    started = re.findall(r"^(.*)\.venv/bin/ministack", page.read_text(), re.MULTILINE)
    assert all("BIND_HOST=127.0.0.1 IOT_MTLS_ENABLED=0 " in before for before in started)


def missing(text: str) -> Iterator[str]:
    """What `text` names and is not there."""
    for name, test in NAMED.findall(text):
        path = ROOT / name
        if not path.exists() or (test and f"def {test}(" not in path.read_text()):
            yield f"{name}::{test}" if test else name


def test_names_are_not_folded(page: Path) -> None:
    """A name that runs over the end of a line would escape the test above."""
    assert not FOLDED.findall(re.sub(r"`[^`\n]*`", "", page.read_text()))


def test_every_page_is_in_the_list_of_pages() -> None:
    index = ROOT / "docs" / "index.md"
    listed = {(index.parent / link).resolve() for link in LINK.findall(index.read_text())}
    assert {page for page in (ROOT / "docs").rglob("*.md") if page != index} <= listed


def test_every_alarm_has_its_place_in_the_runbook() -> None:
    page = (ROOT / "docs" / "how-to" / "monitoring.md").read_text()
    patterns = [re.escape(name).replace("…", ".*") for name in re.findall(r"^\| `(…[^`]*)`", page, re.MULTILINE)]
    names = re.findall(r"AlarmName: .*\$\{Prefix\}([\w-]+)", (ROOT / "infra" / "alarms.yaml").read_text())
    assert names
    assert not [name for name in names if not any(re.fullmatch(pattern, name) for pattern in patterns)]
    anchors = re.findall(r"\| \[[^\]]*\]\(#(\w+)\) \|$", page, re.MULTILINE)
    assert {heading.lower() for heading in re.findall(r"^## (\w+)$", page, re.MULTILINE)} == set(anchors)


def test_changelog_speaks_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == version
