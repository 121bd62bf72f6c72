"""What may be meant by a text that is refused: a further line, as the message of Mistral only says what is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from chalicelib.core.language.rules import Fault

WORKFLOW, ACTION, WORKBOOK = "workflow", "action", "workbook"

_TEXTS = {
    WORKFLOW: "This text is a list of workflows: send it to /v2/workflows (mistral workflow-create).",
    ACTION: "This text is a list of ad-hoc actions: send it to /v2/actions (mistral action-create).",
    WORKBOOK: "This text is a workbook: send it to /v2/workbooks (mistral workbook-create).",
}
_OF_WORKBOOKS = frozenset({"version", "name", "description", "tags"})
_MEANT = {"on-failure": "on-error", "on-fail": "on-error", "on-failed": "on-error", "on-finish": "on-complete"}
_MOST_KNOWN = 10
"""Keys that are listed where none of them is like the one that is not known."""
_EXPRESSION = re.compile(r"<%|\{\{|\{%")


def of_kind(kind: str, document: object) -> str | None:
    """That a text which was sent as a `kind` is of another one."""
    found = _kind_of(document)
    return _TEXTS[found] if found not in (None, kind) else None


def _kind_of(document: Any) -> str | None:
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("name"), str) and any(isinstance(document.get(f"{each}s"), dict) for each in _TEXTS):
        return WORKBOOK
    members = [each for name, each in document.items() if name not in _OF_WORKBOOKS and isinstance(each, dict)]
    if any("tasks" in each for each in members):
        return WORKFLOW
    return ACTION if any("base" in each for each in members) else None


def of_keys(fault: Fault) -> str | None:
    """Which keys are meant by those that are not known; if no alternative fits, by those of any of them."""
    found = [each for each in (fault, *fault.context) if each.unknown]
    lines = [line for each in found for key in each.unknown if (line := _meant(key, each, bool(fault.context)))]
    return "\n".join(dict.fromkeys(lines)) or None


def _meant(key: str, fault: Fault, alternative: bool) -> str | None:
    close = difflib.get_close_matches(key, fault.known, 1, 0.7)
    meant = _MEANT.get(key, close[0] if close else None)
    if meant in fault.known:
        return f"Did you mean '{meant}' by '{key}'?"
    if alternative and len(fault.known) <= _MOST_KNOWN:
        return f"'{key}' is not known here; known are {', '.join(fault.known)}."
    return None


def of_quotes(document: object) -> str | None:
    """That YAML has ended an expression where a list or mapping in one line goes on."""
    for text in _texts(document):
        start = text.rfind("<%")
        if start >= 0 and "%>" not in text[start:]:
            cut = text[start : start + 40]
            return f"YAML ends '{cut}' before its '%>': put the expression in quotes, such as \"<% f(1, 2) %>\"."
    return None


def of_line(text: str, line: int) -> str | None:
    """That line `line` (from 0), which is no YAML, holds an expression."""
    lines = text.splitlines()
    if line >= len(lines) or not _EXPRESSION.search(lines[line]):
        return None
    return f'Line {line + 1} holds an expression: put the value in quotes, such as "{{{{ _.x }}}}" or "<% f(1, 2) %>".'


def _texts(value: Any) -> Iterator[str]:
    """All texts of a document, keys too."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += [*each.values(), *each]
        elif isinstance(each, list):
            waiting += each
