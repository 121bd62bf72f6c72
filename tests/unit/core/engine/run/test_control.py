"""Pause, resume, stop, describe: which state allows what, and what comes of it (engine rules §15)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.engine.state.events import (
    Described,
    Event,
    PauseAsked,
    Poisoned,
    Proceed,
    ResumeAsked,
    ServicePaused,
    ServiceResumed,
    StopAsked,
)
from chalicelib.core.states import CANCELLED, ERROR, SUCCESS
from chalicelib.errors import ExpressionError, Forbidden, IllegalTransition
from tests.unit.core.engine.table import Play, Table, workflow

WAITING = """
    tasks:
      a: {action: std.async_noop, publish: {x: <% task().result %>}, on-success: b}
      b: {action: std.noop}
"""

TO: dict[str, list[Event]] = {
    "RUNNING": [],
    "PAUSED": [PauseAsked()],
    "SUCCESS": [StopAsked(SUCCESS, "s")],
    "ERROR": [StopAsked(ERROR, "e")],
    "CANCELLED": [StopAsked(CANCELLED, "c")],
}

SAME = "same"
REFUSED = "refused"

MATRIX: list[tuple[str, Event, dict[str, str]]] = [
    (
        "pause",
        PauseAsked(),
        {"RUNNING": "PAUSED", "PAUSED": SAME, "SUCCESS": REFUSED, "ERROR": REFUSED, "CANCELLED": REFUSED},
    ),
    (
        "resume",
        ResumeAsked({"k": 1}),
        {"RUNNING": SAME, "PAUSED": "RUNNING", "SUCCESS": SAME, "ERROR": SAME, "CANCELLED": SAME},
    ),
    (
        "maintenance",
        ServicePaused(),
        {"RUNNING": "PAUSED", "PAUSED": SAME, "SUCCESS": SAME, "ERROR": SAME, "CANCELLED": SAME},
    ),
    (
        "maintenance is over",
        ServiceResumed(),
        {"RUNNING": SAME, "PAUSED": "RUNNING", "SUCCESS": SAME, "ERROR": SAME, "CANCELLED": SAME},
    ),
    (
        "succeed",
        StopAsked(SUCCESS, "why"),
        {"RUNNING": "SUCCESS", "PAUSED": REFUSED, "SUCCESS": "SUCCESS", "ERROR": REFUSED, "CANCELLED": REFUSED},
    ),
    (
        "fail",
        StopAsked(ERROR, "why"),
        {"RUNNING": "ERROR", "PAUSED": SAME, "SUCCESS": SAME, "ERROR": SAME, "CANCELLED": SAME},
    ),
    (
        "cancel",
        StopAsked(CANCELLED, "why"),
        {"RUNNING": "CANCELLED", "PAUSED": "CANCELLED", "SUCCESS": SAME, "ERROR": SAME, "CANCELLED": SAME},
    ),
    (
        "env",
        Described(env={"k": 1}),
        {"RUNNING": REFUSED, "PAUSED": "PAUSED", "SUCCESS": REFUSED, "ERROR": "ERROR", "CANCELLED": REFUSED},
    ),
    (
        "description",
        Described("d"),
        {"RUNNING": "RUNNING", "PAUSED": "PAUSED", "SUCCESS": "SUCCESS", "ERROR": "ERROR", "CANCELLED": "CANCELLED"},
    ),
    (
        "poison",
        Poisoned("bad"),
        {"RUNNING": "ERROR", "PAUSED": "ERROR", "SUCCESS": SAME, "ERROR": SAME, "CANCELLED": SAME},
    ),
]
CELLS = [
    pytest.param(event, state, outcome, id=f"{name}-{state}")
    for name, event, row in MATRIX
    for state, outcome in row.items()
]


@pytest.mark.parametrize(("event", "state", "outcome"), CELLS)
def test_matrix(play: Play, event: Event, state: str, outcome: str) -> None:
    table = play(WAITING).go().apply(*TO[state])
    assert table.state == state
    if outcome == REFUSED:
        with pytest.raises((IllegalTransition, Forbidden)):
            table.changes(event)
    elif outcome == SAME:
        assert table.changes(event) is None
    else:
        assert table.apply(event).state == outcome


@pytest.mark.parametrize("state", ["SUCCESS", "ERROR", "CANCELLED"])
def test_the_text_of_a_refusal(play: Play, state: str) -> None:
    table = play(WAITING).go().apply(*TO[state])
    with pytest.raises(IllegalTransition) as refusal:
        table.changes(PauseAsked())
    assert refusal.value.message == (
        f"Can't change workflow execution state from {state} to PAUSED. [workflow=wf, execution_id=an-execution]"
    )


@pytest.mark.parametrize(
    ("event", "output"),
    [
        (StopAsked(SUCCESS, "why"), {}),
        (StopAsked(ERROR, "why"), {"result": "why"}),
        (StopAsked(CANCELLED, "why"), {"result": "why"}),
    ],
)
def test_a_stopped_run_leaves_its_tasks_alone(play: Play, event: StopAsked, output: object) -> None:
    table = play(WAITING).go().apply(event)
    assert (table.info, table.output, table.states) == ("why", output, {"a": ["RUNNING"]})
    table.end("a", result=7)
    assert (table.states, table.published("a")) == ({"a": ["SUCCESS"]}, {"x": 7})
    assert (table.state, table.output) == (event.state, output)
    assert table.task("a").processed


def test_a_success_is_written_anew(play: Play) -> None:
    table = play("output: {r: <% task(a).result %>}\n" + "tasks: {a: {action: std.async_noop}}").go()
    table.apply(StopAsked(SUCCESS, "one"))
    assert (table.info, table.output) == ("one", {"r": []})
    table.end("a", result=1).apply(StopAsked(SUCCESS, "two"))
    assert (table.info, table.output) == ("two", {"r": 1})


def test_a_success_whose_output_fails_is_refused(play: Play) -> None:
    table = play("output: {r: <% $.nope %>}\ntasks: {a: {action: std.async_noop}}").go()
    with pytest.raises(ExpressionError):
        table.changes(StopAsked(SUCCESS, "one"))
    assert table.state == "RUNNING"


def test_a_run_can_be_stopped_before_it_began(play: Play) -> None:
    table = play(WAITING).apply(StopAsked(CANCELLED, "no")).go()
    assert (table.state, table.states) == ("CANCELLED", {})


# --- pause and resume ------------------------------------------------------------------------------------------------


def paused(table: Table) -> Table:
    return table.apply(PauseAsked())


def test_tasks_that_end_in_a_pause_are_followed_up_on_resume(play: Play) -> None:
    table = paused(play(WAITING).go()).end("a", result=1)
    assert (table.state, table.states, table.task("a").processed) == ("PAUSED", {"a": ["SUCCESS"]}, False)
    assert table.published("a") == {"x": 1}
    table.apply(ResumeAsked())
    assert (table.state, table.states) == ("SUCCESS", {"a": ["SUCCESS"], "b": ["SUCCESS"]})
    assert table.task("a").processed


def test_a_run_paused_before_it_began_begins_on_resume(play: Play) -> None:
    table = play(WAITING).apply(PauseAsked()).go()
    assert (table.state, table.states) == ("PAUSED", {})
    assert table.apply(ResumeAsked()).states == {"a": ["RUNNING"]}


def test_an_end_reached_in_a_pause_is_noticed_on_resume(play: Play) -> None:
    table = paused(play("tasks: {a: {action: std.async_noop}, b: {action: std.async_noop}}").go())
    table.end("a", ERROR, "no").end("b")
    assert table.state == "PAUSED"
    table.apply(ResumeAsked())
    assert table.state == "ERROR"
    assert (table.info or "").startswith("Failure caused by error in tasks: a\n")


def test_guards_are_evaluated_on_resume_with_the_new_environment(play: Play) -> None:
    table = play(
        """
        tasks:
          a:
            action: std.async_noop
            publish: {e: <% env().k %>}
            on-success: [{b: <% env().k = 2 %>}, {c: <% env().k != 2 %>}]
          b: {action: std.noop}
          c: {action: std.noop}
        """,
        params={"env": {"k": 1, "d": {"x": 1}}},
    ).go()
    paused(table).end("a").apply(Described(env={"d": {"y": 2}}), ResumeAsked({"k": 2}))
    assert (sorted(table.states), table.output) == (["a", "b"], {"e": 1})
    assert table.run.head.env == {"k": 2, "d": {"x": 1, "y": 2}}


def test_a_join_is_settled_on_resume(play: Play) -> None:
    table = play(
        """
        tasks:
          a: {action: std.async_noop, on-success: j}
          b: {action: std.async_noop, on-success: j, on-error: noop}
          j: {join: all, action: std.noop}
        """
    ).go()
    paused(table.end("a")).end("b", ERROR, "no")
    assert table.states["j"] == ["WAITING"]
    table.apply(ResumeAsked())
    assert table.task("j").state_info == "Failed by tasks: ['b']"


@pytest.mark.parametrize(
    ("b", "after"),
    [
        ("on-complete: [pause, {y: <% false %>}]", ["x"]),
        ("on-complete: [pause, y]", ["x", "y"]),
        ("on-complete: [y, pause]", ["x", "y"]),
        ("on-success: pause, on-complete: [pause, y]", ["x", "y"]),
        ("on-success: [{pause: <% true %>}, y]", ["x", "y"]),
        ("pause-before: true, on-success: y", ["x", "y"]),
    ],
)
def test_tasks_that_pause_together_pause_the_run_once(play: Play, b: str, after: list[str]) -> None:
    table = play(
        f"""
        tasks:
          a: {{action: std.noop, on-complete: [pause, x]}}
          b: {{action: std.noop, {b}}}
          x: {{action: std.noop, on-success: z}}
          y: {{join: all, action: std.noop}}
          z: {{action: std.noop}}
        """
    ).go()
    assert table.state == "PAUSED"
    assert table.resume().state == "SUCCESS"
    assert {name: states for name, states in table.states.items() if name not in "ab"} == {
        name: ["SUCCESS"] for name in [*after, "z"]
    }


@pytest.mark.parametrize(("events", "resumes"), [([], 2), ([PauseAsked()], 1)])
def test_pauses_of_a_task_that_is_being_followed_when_the_run_is_paused(events: list[Event], resumes: int) -> None:
    body = """
        tasks:
          a: {action: std.noop, on-success: [x, pause, y, {pause: <% true %>}, z]}
          x: {action: std.noop}
          y: {action: std.noop}
          z: {action: std.noop}
    """
    table = Table(workflow(body), limits=Limits(rows=1))
    while "x" not in table.states:
        changes = table.changes(Proceed())
        assert changes is not None
        table.commit(changes)
    table.apply(*events, Proceed())
    for _ in range(resumes):
        assert table.state == "PAUSED"
        table.resume()
    assert (table.state, sorted(table.states)) == ("SUCCESS", ["a", "x", "y", "z"])


def test_a_cancelled_pause_leaves_everything(play: Play) -> None:
    table = paused(play(WAITING).go()).end("a").apply(StopAsked(CANCELLED, "no"))
    assert (table.state, table.states) == ("CANCELLED", {"a": ["SUCCESS"]})
    assert table.changes(ResumeAsked()) is None
