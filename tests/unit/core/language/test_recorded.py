"""Verdicts recorded from Mistral 23.0.0: every definition of the conformance corpus, at the level of the parser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.core.language import parse_actions, parse_workbook, parse_workflows
from tests.unit.core.language.writing import refusal

CASES = Path(__file__).parents[3] / "conformance" / "cases"
READ = {"workflow": parse_workflows, "action": parse_actions, "workbook": parse_workbook}
TOKENS = {"__U": "_1", "__HTTP__": "http://h", "__EXECUTION_ID__": "x"}
Verdict = tuple[str, str, tuple[str, ...] | None]


def _verdicts(case: dict[str, Any]) -> list[Verdict]:
    """Kind, text, and what the refusal has to contain (`None`: accepted) of each definition in a case."""
    found: list[Verdict] = [(each["kind"], each.get("text", ""), None) for each in case.get("definitions", [])]
    for step in case.get("steps", []):
        for verb in ("validate", "create", "update"):
            if verb in step:
                found.append((step[verb]["kind"], step[verb].get("text", ""), _expected(verb, step)))
    return [(kind, text, contained) for kind, text, contained in found if kind in READ]


def _expected(verb: str, step: dict[str, Any]) -> tuple[str, ...] | None:
    expected = step["expect_result"] if verb == "validate" else step.get("expect_error", {"status": 201})
    if expected.get("valid") or expected.get("status", 400) != 400:
        return None  # other statuses are no matter of the text
    contained = expected.get("error", expected.get("message"))["$contains"]
    if "Scope must" in contained:
        return None
    return tuple([contained] if isinstance(contained, str) else contained)


ALL = [
    (path.stem, verdict)
    for path in sorted(CASES.glob("*/*.yaml"))
    for verdict in _verdicts(yaml.safe_load(path.read_text()))
]


@pytest.mark.parametrize(("case", "verdict"), ALL, ids=[case for case, _ in ALL])
def test_recorded_verdict(case: str, verdict: Verdict) -> None:
    kind, text, contained = verdict
    for token, value in TOKENS.items():
        text = text.replace(token, value)
    message = refusal(text, READ[kind])
    assert (message == "") if contained is None else all(part in message for part in contained)
