"""Sort keys of rows and of index entries. They sort as the things they name do."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.core.values import ActionKey, TaskKey

SHARDS = 4
"""Partitions of the sweeper's index, so that many starts a second do not meet in one."""

SWEEPER = "sweeper"
"""The partition of the sweeper's cursors, one a shard; partitions of runs are digits."""

START, HEAD, TASKS = "S", "H", "T"
"""`TASKS` begins the places of both kinds of rows that hold task executions."""

WATCH = "W"
"""What the place of a worker begins with; all of it where there is one action execution only."""

LAST = "9999"
"""Beyond every moment."""

CHUNK_PLACES, CHUNK_INSTANCES = 16, 8
"""How many tasks of the definition share a chunk, and how many executions of each."""

_STAMP = "%Y-%m-%dT%H:%M:%S.%f"

_SHOWN = len("2026-11-23 04:07:16")


def task(key: TaskKey) -> str:
    """A task execution in a row of its own."""
    return f"{TASKS}#{_key(key)}"


def chunk(key: TaskKey) -> str:
    """The row that a task execution may share."""
    return f"{TASKS}S#{key.place // CHUNK_PLACES:03x}#{key.instance // CHUNK_INSTANCES:06x}"


def actions(key: TaskKey) -> str:
    """What the places of all superseded action executions of a task execution begin with."""
    return f"A#{_key(key)}#"


def action(key: ActionKey) -> str:
    """A superseded action execution."""
    return f"{actions(key.task)}{key.number:06x}"


def claim(key: ActionKey) -> str:
    """A claim on an action execution."""
    return "C" + action(key)[1:]


def watch(key: ActionKey) -> str:
    """The worker that has an action execution."""
    return WATCH + action(key)[1:]


def loose(name: str) -> str:
    """The partition of an action execution that belongs to no run; the entries of those of a project."""
    return f"loose-{name}"


def index(base: str) -> str:
    """A shared context index."""
    return f"X#{base}"


def stamp(moment: datetime) -> str:
    """A moment as a text that sorts by time."""
    return moment.astimezone(UTC).strftime(_STAMP)


def moment(stamp: str) -> datetime:
    """The moment of a stamp."""
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def runs_of(project_id: str) -> str:
    """The runs of a project; what else is listed by project begins with another word."""
    return f"run-{project_id}"


def created(moment: datetime, execution_id: str) -> str:
    """An entry among the runs of a project."""
    return f"{stamp(moment)}#{execution_id}"


def created_between(since: str, until: str) -> tuple[str, str]:
    """The first and the last entry that there can be of those times, as the API shows them, cut short or not."""
    return _entry_text(since) or "0", f"{_entry_text(until[:_SHOWN])}~"


def beyond(entry: str) -> str:
    """Where the entries after `entry` begin."""
    return f"{entry} "


def before(entry: str) -> str:
    """Where the entries before `entry` end."""
    return f"{entry[:-1]}{chr(ord(entry[-1]) - 1)}~"


def of_workflow(project_id: str, name: str) -> str:
    """The runs of a project's workflows of one name. The length keeps apart what contains the separator."""
    return f"{len(project_id)}#{project_id}#{name}"


def in_state(project_id: str, state: str) -> str:
    """The runs of a project in one state."""
    return f"{state}#{project_id}"


def due(moment: datetime, part: str) -> str:
    """An entry among the runs to be looked at."""
    return f"{stamp(moment)}#{part}"


def shard(part: str) -> str:
    """The shard of the sweeper's index that a run is in."""
    return str(int(part[-4:], 16) % SHARDS)


def _entry_text(shown: str) -> str:
    """A time as the API shows it, as entries have it."""
    return f"{shown[:10]}T{shown[11:]}" if len(shown) > 10 else shown


def _key(key: TaskKey) -> str:
    return f"{key.place:04x}#{key.instance:06x}"
