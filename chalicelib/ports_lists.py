"""Which runs a list is about, as far as the store can tell without reading them."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.states import SUCCESS, State

LISTED = frozenset(State) - {SUCCESS}
"""States by which the store finds runs: what is open or went wrong. Most runs succeed, and those cost no entry."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Runs of a project; of what is given here the store serves as much as one index can.

    So it may hand out runs that are not meant, and leaves none out: who asks filters what comes.
    """

    project_id: str
    state: State | None = None
    """One of `LISTED`. A run is found by it from its first step on."""
    workflow: str | None = None
    """The name of the workflow."""
    since: str = ""
    """Created at this time or later; times are texts as the API shows them, and may be cut short."""
    until: str = ""
    """Created at this time or before; none is no bound."""
