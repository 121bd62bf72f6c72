"""What those hear who listen to an execution (engine rules §24)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.effects import Notify, event_of, wanted_by
from chalicelib.core.engine.state.events import PauseAsked, RerunAsked, SkipAsked, StopAsked, Woken
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import CANCELLED, DELAYED, ERROR, IDLE, PAUSED, RUNNING, SKIPPED, SUCCESS, WAITING, State
from tests.unit.core.engine.table import Play, Table

ALL: JsonDict = {"type": "noop"}


def listened(play: Play, body: str, *publishers: JsonDict) -> Table:
    return play(body, params={"notify": list(publishers or [ALL])})


def heard(table: Table) -> list[str]:
    """Events in their order, those of tasks with their names."""
    return [f"{one.event} {one.task.name}" if one.task else one.event for one in table.notices]


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        (None, RUNNING, "LAUNCHED"),
        (DELAYED, RUNNING, "LAUNCHED"),
        (IDLE, RUNNING, "RESUMED"),
        (PAUSED, RUNNING, "RESUMED"),
        (WAITING, RUNNING, "RESUMED"),
        (ERROR, RUNNING, "RERUN"),
        (RUNNING, SUCCESS, "SUCCEEDED"),
        (RUNNING, ERROR, "FAILED"),
        (RUNNING, CANCELLED, "CANCELLED"),
        (RUNNING, PAUSED, "PAUSED"),
        (ERROR, SKIPPED, "SKIPPED"),
        (RUNNING, RUNNING, None),
        (RUNNING, DELAYED, None),
        (None, WAITING, None),
        (RUNNING, IDLE, None),
    ],
)
def test_names_of_changes(before: State | None, after: State, name: str | None) -> None:
    assert event_of("TASK", before, after) == (None if name is None else f"TASK_{name}")


@pytest.mark.parametrize(
    ("types", "wanted"),
    [(None, True), ([], True), (["A", "B"], True), (["B"], False), ("A", True), ("B", False), ({"A": 1}, False)],
)
def test_who_wants_to_know(types: object, wanted: bool) -> None:
    assert wanted_by({"event_types": types}, "A") is wanted  # type: ignore[dict-item]


def test_a_run_from_its_launch_to_its_end(play: Play) -> None:
    table = listened(play, "tasks: {a: {action: std.noop, on-success: b}, b: {action: std.noop}}").go()
    assert heard(table) == [
        "WORKFLOW_LAUNCHED",
        "TASK_LAUNCHED a",
        "TASK_SUCCEEDED a",
        "TASK_LAUNCHED b",
        "TASK_SUCCEEDED b",
        "WORKFLOW_SUCCEEDED",
    ]


def test_nobody_is_told_of_what_nobody_wants_to_know(play: Play) -> None:
    body = "tasks: {a: {action: std.noop}}"
    only: JsonDict = {"type": "noop", "event_types": ["WORKFLOW_SUCCEEDED"]}
    assert heard(listened(play, body, only).go()) == ["WORKFLOW_SUCCEEDED"]
    assert heard(play(body).go()) == []


@pytest.mark.parametrize("notify", [None, 5, "noop", [5, "noop"], {"type": "noop"}])
def test_a_parameter_that_is_no_list_of_publishers_is_left_alone(play: Play, notify: object) -> None:
    table = play("tasks: {a: {action: std.noop}}", params={"notify": notify})  # type: ignore[dict-item]
    assert heard(table.go()) == []


def test_a_join_resumes_and_a_failure_is_told_with_its_reason(play: Play) -> None:
    table = listened(
        play,
        """
        tasks:
          a: {action: std.noop, on-success: j}
          b: {action: std.async_noop, on-success: j}
          j: {join: all, action: std.fail}
        """,
    ).go()
    table.end("b")
    assert [one for one in heard(table) if one.endswith("j")] == ["TASK_RESUMED j", "TASK_FAILED j"]
    last = table.notices[-1]
    assert (last.event, last.state, last.info) == ("WORKFLOW_FAILED", ERROR, table.run.head.state_info)


def test_each_attempt_fails_and_is_launched(play: Play) -> None:
    table = listened(play, "tasks: {a: {action: std.fail, retry: {count: 1, delay: 1}, on-error: noop}}").go()
    table.apply(Woken(table.task("a").key, 1))
    assert heard(table)[1:-1] == ["TASK_LAUNCHED a", "TASK_FAILED a", "TASK_LAUNCHED a", "TASK_FAILED a"]


def test_a_parked_task_resumes(play: Play) -> None:
    table = listened(play, "tasks: {a: {action: std.noop, pause-before: true}}").go().resume()
    assert [one for one in heard(table) if one.endswith(" a")] == [
        "TASK_LAUNCHED a",
        "TASK_RESUMED a",
        "TASK_SUCCEEDED a",
    ]


def test_what_clients_do_is_heard(play: Play) -> None:
    table = listened(play, "tasks: {a: {action: std.async_noop}}").go()
    table.apply(PauseAsked()).resume().end("a", ERROR, "no")
    table.apply(RerunAsked(table.task("a").key))
    table.apply(StopAsked(CANCELLED, "enough"))
    assert heard(table) == [
        "WORKFLOW_LAUNCHED",
        "TASK_LAUNCHED a",
        "WORKFLOW_PAUSED",
        "WORKFLOW_RESUMED",
        "TASK_FAILED a",
        "WORKFLOW_FAILED",
        "WORKFLOW_RERUN",
        "TASK_RERUN a",
        "WORKFLOW_CANCELLED",
    ]


def test_a_skipped_task_is_heard_of(play: Play) -> None:
    table = listened(play, "tasks: {a: {action: std.fail}}").go()
    table.apply(SkipAsked(table.task("a").key))
    assert [one for one in heard(table) if "SKIPPED" in one] == ["TASK_SKIPPED a"]


def test_a_long_reason_is_cut_short(play: Play) -> None:
    table = listened(play, "tasks: {a: {action: std.async_noop}}").go()
    table.end("a", ERROR, "x" * 10_000)
    assert max(len(one.info or "") for one in table.notices if isinstance(one, Notify)) == 2_000
