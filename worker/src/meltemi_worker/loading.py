"""Finds the `Worker` that a command line names."""

from __future__ import annotations

import importlib

from meltemi_worker.actions import Worker


class NotStarted(Exception):
    """The worker cannot start; the text says why and what to do."""


def load(place: str) -> Worker:
    """The worker at `module:name` (`worker` without a name).

    Raises `NotStarted` if there is no such module, nothing of that name or no `Worker`. What the module itself raises
    comes through: its traceback leads to the mistake.
    """
    module, _, name = place.partition(":")
    name = name or "worker"
    if not module or module.startswith("."):
        raise NotStarted(f"{place!r} names no module; write module:name")
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            raise NotStarted(f"There is no module {module} in this folder or on PYTHONPATH") from None
        raise
    found = getattr(loaded, name, None)
    if not isinstance(found, Worker):
        named = sorted(key for key, value in vars(loaded).items() if isinstance(value, Worker))
        raise NotStarted(f"{module}:{name} is no Worker; workers of this module: {', '.join(named) or 'none'}")
    if not found.actions:
        raise NotStarted(f"{module}:{name} offers no actions; decorate functions with @{name}.action(…)")
    return found
