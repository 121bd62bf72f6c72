"""The ad-hoc actions of all projects as the engine sees them, at the price of as few reads as may be.

Texts never change, so what was read of them stays in this process. What a name means is looked up anew for every step,
so that a change is seen at once. One answer is kept for a while: that nobody has hidden a built-in action. Otherwise
every process would ask for `std.noop` again and again, and hardly anybody ever hides one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.core.engine.state.interfaces import AdHoc, Dynamic
from chalicelib.core.language.spec import ActionSpec
from chalicelib.ports.clock import Clock
from chalicelib.service.definitions.actions import ActionDefinitions
from chalicelib.service.definitions.bundled import actions as bundled_actions

UNSEEN = timedelta(seconds=10)
"""For how long a new ad-hoc action may go unseen if it has the name of a built-in one."""

MAX_KEPT = 1024


class StoredActions:
    """The engine's `AdHocActions` over the definitions."""

    def __init__(self, definitions: ActionDefinitions, clock: Clock, built_in: Callable[[str], bool]) -> None:
        """`built_in`: whether there is a built-in action of a name."""
        self._definitions = definitions
        self._clock = clock
        self._built_in = built_in
        self._absent: dict[tuple[str, str, str], datetime] = {}
        """Names of built-in actions, each with the moment until which it counts as not hidden."""

    def find(self, name: str, project_id: str, namespace: str) -> AdHoc | Dynamic | None:
        """What a project means by a name: in the namespace, then in the default one."""
        place = (project_id, namespace, name)
        absent = self._absent.get(place)
        if absent is not None and self._clock.now() < absent:
            return None
        record = self._definitions.find(project_id, name, namespace)
        if record is not None:
            return AdHoc(record.ref, self._definitions.spec(record.ref))
        dynamic = self._definitions.dynamic(project_id, name, namespace)
        if dynamic is None and self._is_built_in(name):
            self._note_absent(place)
        provided = bundled_actions.actions().get(name)
        return AdHoc(provided.ref, provided.spec) if dynamic is None and provided else dynamic

    def version(self, ref: str) -> ActionSpec:
        """A version, whatever became of the action since. Raises `NotFound`."""
        return self._definitions.spec(ref)

    def text(self, ref: str) -> str:
        """The text of a version, as it was sent. Raises `NotFound`."""
        return self._definitions.text(ref)

    def _is_built_in(self, name: str) -> bool:
        """Whether this is the name of a built-in action, perhaps as a member of a workbook would have it."""
        parts = name.split(".")
        return any(self._built_in(".".join(parts[place:])) for place in range(len(parts)))

    def _note_absent(self, place: tuple[str, str, str]) -> None:
        if len(self._absent) >= MAX_KEPT:
            self._absent.clear()
        self._absent[place] = self._clock.now() + UNSEEN
