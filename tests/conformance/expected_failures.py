"""Cases of the corpus that do not pass, each with the reason. The list only shrinks: one that passes is an error."""

from __future__ import annotations

EXPECTED_FAILURES: dict[str, str] = {}
