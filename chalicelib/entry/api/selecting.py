"""What of the filters of a list the store can serve by itself; the filters apply all the same."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.core.states import State
from chalicelib.entry.api.filters import equal_to, moment, operation
from chalicelib.entry.api.request import Query
from chalicelib.ports_lists import LISTED, Selection

_FROM, _TO = frozenset({"eq", "gt", "gte"}), frozenset({"eq", "lt", "lte"})


def selection_of(query: Query, project_id: str, name_of: Callable[[str], str | None]) -> Selection:
    """The executions of a project that can pass the filters of `query`, and perhaps more.

    Raises `InvalidRequest` where `created_at` is compared with what is no time.

    `name_of`: the one name under which a workflow of some id was ever started, if that is known.
    """
    state = only_value(query, "state")
    name, text = operation(query.text("created_at"))
    bound = _shown(text) if text and name in _FROM | _TO else ""
    return Selection(
        project_id,
        state=State(state) if state in LISTED else None,
        workflow=only_value(query, "workflow_name") or _named(query, name_of),
        since=bound if name in _FROM else "",
        until=bound if name in _TO else "",
    )


def _shown(text: str) -> str:
    """A time as the API shows it, always with four digits of the year."""
    return moment("created_at", text).replace(tzinfo=None).isoformat(" ", "seconds")


def _named(query: Query, name_of: Callable[[str], str | None]) -> str | None:
    identifier = only_value(query, "workflow_id")
    return name_of(identifier) if identifier else None


def only_value(query: Query, name: str) -> str | None:
    """What a member has to be equal to, if that is what is asked."""
    return equal_to(query.text(name)) or None
