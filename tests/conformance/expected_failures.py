"""Cases of the corpus that do not pass, by reason. The list only shrinks: a listed case that passes is an error."""

from __future__ import annotations

_BY_REASON = {
    "items of a task cannot be run again one by one yet": [
        "control/rerun_with_items_no_reset_first",
    ],
    "running a task of a sub-execution again, or skipping it, does not revive its parents yet": [
        "control/rerun_in_subworkflow",
        "control/skip_in_subworkflow",
    ],
}

EXPECTED_FAILURES = {case: reason for reason, cases in _BY_REASON.items() for case in cases}
"""Case to reason."""
