"""Every section of the contract that code, tests or pages cite exists, and so does every property."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator import ROOT

CONTRACT = ROOT / "docs" / "reference" / "contract"
HEADING = re.compile(r"^#+ ([0-9]+(?:\.[0-9]+)*)[.\s]", re.MULTILINE)
NUMBERS = r"§\s?([0-9]+(?:\.[0-9]+)*)((?:(?:,| and| to) §?[0-9]+(?:\.[0-9]+)*)*)"
CITATION = re.compile(rf"(language|engine|API) rules,? {NUMBERS}")
BARE = re.compile(rf"(?<!rules ){NUMBERS}")
PROPERTY = re.compile(r"\bpropert(?:y|ies) (P[0-9]+(?:(?:,| and) P[0-9]+)*)")
BARE_IN = {"chalicelib/core/language": "language", "chalicelib/core/engine": "engine"}
"""Folders in which a section alone is one of these rules."""
FOLDERS = ("chalicelib", "local", "infra", "bench", "worker", "tests", "docs")
OTHER = re.compile(r"api description|API state matrix|API description")
"""Names under which the rules were cited before they had a page."""


def sections(page: str) -> set[str]:
    return set(HEADING.findall((CONTRACT / f"{page.lower()}.md").read_text()))


KNOWN = {page: sections(page) for page in ("language", "engine", "API")}
PROPERTIES = set(re.findall(r"^\| (P[0-9]+) \|", (CONTRACT / "README.md").read_text(), re.MULTILINE))
SOURCES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".md", ".yaml") and CONTRACT not in path.parents and path != Path(__file__)
)


def cited(text: str, default: str | None) -> Iterator[tuple[str, str]]:
    """The pages and sections that `text` cites; `default` is the page of a section alone, `None`: nobody knows."""
    for page, first, others in CITATION.findall(text):
        yield from ((page, number) for number in (first, *re.findall(r"[0-9]+(?:\.[0-9]+)*", others)))
    if default is not None:
        for first, others in BARE.findall(text):
            yield from ((default, number) for number in (first, *re.findall(r"[0-9]+(?:\.[0-9]+)*", others)))


def test_the_contract_has_sections() -> None:
    assert {page: len(found) > 20 for page, found in KNOWN.items()} == {"language": True, "engine": True, "API": True}
    assert len(PROPERTIES) == 14


def test_every_citation_leads_to_a_section() -> None:
    wrong = []
    for path in SOURCES:
        name = str(path.relative_to(ROOT))
        default = next((page for folder, page in BARE_IN.items() if name.startswith(folder)), None)
        wrong += [f"{name}: {page} rules §{n}" for page, n in cited(path.read_text(), default) if n not in KNOWN[page]]
    assert not wrong


def test_every_property_that_is_cited_exists() -> None:
    for path in SOURCES:
        for found in PROPERTY.findall(path.read_text()):
            assert set(re.findall(r"P[0-9]+", found)) <= PROPERTIES, path


def test_rules_are_cited_by_their_names() -> None:
    assert not [str(path.relative_to(ROOT)) for path in SOURCES if OTHER.search(path.read_text())]


@pytest.mark.parametrize(
    ("text", "default", "found"),
    [
        ("engine rules §3.3", None, [("engine", "3.3")]),
        ("as in API rules §8.5 and §9", None, [("API", "8.5"), ("API", "9")]),
        ("(§14)", "engine", [("engine", "14")]),
        ("(§14)", None, []),
        ("(engine rules §2; §3, §4)", "language", [("engine", "2"), ("language", "3"), ("language", "4")]),
    ],
)
def test_what_counts_as_a_citation(text: str, default: str | None, found: list[tuple[str, str]]) -> None:
    assert list(cited(text, default)) == found
