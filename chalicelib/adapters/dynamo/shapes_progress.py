"""How far a run is, as a plain value and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.dynamo.codec import Plain
from chalicelib.core.model import TaskKey
from chalicelib.core.progress import Asking, Progress, Work, WorkKind
from chalicelib.core.states import State


def progress_out(progress: Progress) -> Plain:
    """The progress of a run, as it is written."""
    keys = {"en": progress.ends, "fa": progress.failed}
    plain = {
        "se": f"{progress.seen:x}",
        "bu": f"{progress.busy:x}",
        "wa": f"{progress.waiting:x}",
        "in": _counts_out(progress.instances),
        "cr": _counts_out(progress.crowds),
        "fi": {str(place): f"{mask:x}" for place, mask in progress.fired.items()},
        "mi": {str(place): f"{mask:x}" for place, mask in progress.missed.items()},
        "ac": progress.active,
        "pa": progress.paused,
        "cd": progress.created,
        "wo": [_work_out(work) for work in progress.work],
        "bl": [_work_out(work) for work in progress.backlog],
        "as": _asking_out(progress.asking),
        "sy": f"{progress.strays:x}",
        "me": progress.message,
    }
    shown = {name: value for name, value in plain.items() if value and value != "0"}
    return shown | {name: None if found is None else [list(key) for key in found] for name, found in keys.items()}


def progress_in(plain: Plain) -> Progress:
    """The progress of a run, as it was written."""
    return Progress(
        seen=int(plain.get("se", "0"), 16),
        busy=int(plain.get("bu", "0"), 16),
        waiting=int(plain.get("wa", "0"), 16),
        instances=_counts_in(plain.get("in", {})),
        crowds=_counts_in(plain.get("cr", {})),
        fired={int(place): int(mask, 16) for place, mask in plain.get("fi", {}).items()},
        missed={int(place): int(mask, 16) for place, mask in plain.get("mi", {}).items()},
        active=plain.get("ac", 0),
        paused=plain.get("pa", 0),
        created=plain.get("cd", 0),
        ends=_keys_in(plain["en"]),
        failed=_keys_in(plain["fa"]),
        work=tuple(_work_in(work) for work in plain.get("wo", ())),
        backlog=tuple(_work_in(work) for work in plain.get("bl", ())),
        asking=_asking_in(plain.get("as")),
        strays=int(plain.get("sy", "0"), 16),
        message=plain.get("me"),
    )


def _keys_in(plain: list[list[int]] | None) -> tuple[TaskKey, ...] | None:
    return None if plain is None else tuple(TaskKey(*key) for key in plain)


def _counts_out(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(place): count for place, count in counts.items()}


def _counts_in(plain: Mapping[str, int]) -> dict[int, int]:
    return {int(place): count for place, count in plain.items()}


def _work_out(work: Work) -> list[Any]:
    return [str(work.kind), list(work.task) if work.task is not None else None, work.cursor]


def _work_in(plain: list[Any]) -> Work:
    kind, task, cursor = plain
    return Work(WorkKind(kind), TaskKey(*task) if task is not None else None, cursor)


def _asking_out(asking: Asking | None) -> list[Any] | None:
    return None if asking is None else [str(asking.state), *asking.task, asking.number, asking.every]


def _asking_in(plain: list[Any] | None) -> Asking | None:
    if plain is None:
        return None
    state, place, instance, number, *every = plain  # earlier versions did not write `every`
    return Asking(State(state), TaskKey(place, instance), number, bool(every and every[0]))
