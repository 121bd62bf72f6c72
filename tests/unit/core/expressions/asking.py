"""Stand-ins: a run that answers what it was given, and data that remembers what was read of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from chalicelib.core.expressions import check_expression, evaluate
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import ExpressionError

EXECUTION: JsonDict = {"id": "ex-1", "name": "flow", "input": {"x": 1}, "root_execution_id": None}
TASKS: list[Json] = [{"name": "a", "state": "SUCCESS", "result": [1, 2]}, {"name": "b", "state": "ERROR", "result": 7}]


class FixedAsks:
    """Answers like a run with two tasks, `a` and `b`, at a fixed time; notes how it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self._made = 0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 7, 10, 5, 250, tzinfo=UTC)

    def uuid(self) -> str:
        self._made += 1
        return f"00000000-0000-0000-0000-{self._made:012}"

    def env(self) -> Json:
        return {"region": "north", "nested": {"k": [1, 2]}}

    def execution(self) -> Json:
        return EXECUTION

    def executions(
        self,
        id: str | None,
        root_execution_id: str | None,
        state: str | None,
        from_time: str | None,
        to_time: str | None,
    ) -> list[Json]:
        self.asked.append((id, root_execution_id, state, from_time, to_time))
        return [EXECUTION]

    def task(self, name: str | None) -> Json:
        self.asked.append((name,))
        return next((task for task in TASKS if isinstance(task, dict) and task["name"] == (name or "a")), None)

    def tasks(self, workflow_execution_id: str | None, recursive: bool, state: str | None, flat: bool) -> list[Json]:
        self.asked.append((workflow_execution_id, recursive, state, flat))
        return TASKS

    def global_variable(self, name: str) -> Json:
        return {"v": 41}.get(name)


class Watched(Mapping[str, Json]):
    """Data that remembers which variables were read, and refuses to be walked unless told otherwise."""

    def __init__(self, values: JsonDict, walkable: bool = False) -> None:
        self.values_ = values
        self.read: list[str] = []
        self._walkable = walkable

    def __getitem__(self, name: str) -> Json:
        self.read.append(name)
        return self.values_[name]

    def __contains__(self, name: object) -> bool:
        return name in self.values_

    def __iter__(self) -> Iterator[str]:
        assert self._walkable, "the data was walked"
        return iter(self.values_)

    def __len__(self) -> int:
        assert self._walkable, "the data was counted"
        return len(self.values_)


def value_of(value: Json, data: Mapping[str, Json] | None = None, asks: FixedAsks | None = None) -> Json:
    """What `value` becomes."""
    return evaluate(value, {} if data is None else data, asks or FixedAsks())


def error_of(value: Json, data: Mapping[str, Json] | None = None, asks: FixedAsks | None = None) -> str:
    """The text with which the evaluation of `value` is refused, without its hint; empty if it is not."""
    error = _refused(value, data, asks)
    return error.brief if error else ""


def hint_of(value: Json, data: Mapping[str, Json] | None = None) -> str:
    """What is added to that text."""
    error = _refused(value, data, None)
    return error.hint if error else ""


def _refused(value: Json, data: Mapping[str, Json] | None, asks: FixedAsks | None) -> ExpressionError | None:
    try:
        value_of(value, data, asks)
    except ExpressionError as error:
        return error
    return None


def refusal_of(text: str) -> str:
    """The text with which `text` is refused at creation; empty if it is not."""
    try:
        check_expression(text)
    except ExpressionError as error:
        return error.message
    return ""
