"""Draws the tables of `chalicelib/core/states.py` into the page about states: `.venv/bin/python -m docs.draw_states`."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.core.states import ACTION, EXECUTION, TASK, TERMINAL, Table

PAGE = Path(__file__).parent / "concepts" / "states.md"

TABLES = {"execution": EXECUTION, "task": TASK, "action": ACTION}

_DRAWING = re.compile(r"(<!-- drawn: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def diagram(table: Table) -> str:
    """A Mermaid diagram of the changes that `table` allows; what is over and stays so leads to the end."""
    lines = [f"    {old} --> {new}" for old, following in table.items() for new in sorted(following)]
    lines += [f"    {old} --> [*]" for old in table if old in TERMINAL and not table[old]]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])


def redrawn(page: str) -> str:
    """The page with every drawing made anew."""
    return _DRAWING.sub(lambda found: f"{found[1]}{diagram(TABLES[found[2]])}{found[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(redrawn(PAGE.read_text()))
