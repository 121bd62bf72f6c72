"""Ad-hoc actions in tasks: names, input, bases, results (engine rules §17; language rules §7, §9.1)."""

from __future__ import annotations

import pytest

from chalicelib.core.engine.state.events import ActionEnded, TimedOut
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.states import CANCELLED, ERROR, SUCCESS, State
from tests.unit.core.engine.adhoc_shelf import ACTIONS, Shelf, one_task, with_adhoc
from tests.unit.core.engine.table import Play


@pytest.mark.parametrize(
    ("call", "shown", "result"),
    [
        ("greet who='Ann'", {"who": "Ann", "word": "Hello"}, "Hello, Ann"),
        ("greet who='Bob' word='Bye'", {"who": "Bob", "word": "Bye"}, "Bye, Bob"),
        ("outer y='z'", {"y": "z"}, {"o": "i<(z)>"}),
        ("inline", {}, [2, 2]),
        ("literal", {"v": "<% 1 %>"}, "<% 1 %>"),
        ("commas", {"v": [1, 2]}, [1, 2]),
        ("lax", {}, 1),
        ("nothing", {}, {"r": None}),
        ("sees", {}, [5, 7, None, None]),
        ("<% 'inner' %> x=1", {"x": 1}, "i<1>"),
    ],
)
def test_what_needs_nothing_outside_runs_in_the_step(play: Play, call: str, shown: JsonDict, result: Json) -> None:
    table, _ = with_adhoc(play, one_task(call))
    table.go()
    (action,) = table.actions("t")
    assert (table.state, table.result("t"), table.dispatched) == ("SUCCESS", result, [])
    assert (action.input, action.base) == (shown, None)


@pytest.mark.parametrize("action", ["lost", "ring", "round", "blind", "odd", "late"])
def test_what_cannot_be_built_is_an_error_of_the_task(play: Play, action: str) -> None:
    table, shelf = with_adhoc(play, one_task(action))
    table.go()
    assert table.states == {"t": ["ERROR"], "handle": ["SUCCESS"]}
    assert table.actions("t") == []
    desc = f"AdHoc action [name={action}, definition=the text of {shelf.current[action]}]"
    assert table.task("t").state_info == f"Failed to instantiate an action [action_desc={desc}]"


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("greet", "missing=['who']"),
        ("greet who=1 whom=2 when=3", "unexpected=['whom', 'when']"),
        ("greet whom=2", "missing=['who'], unexpected=['whom']"),
    ],
)
def test_parameters_are_checked(play: Play, call: str, problem: str) -> None:
    table, _ = with_adhoc(play, one_task(call))
    table.go()
    assert (table.state, table.states) == ("ERROR", {"t": ["ERROR"]})
    error = f"Invalid input [name=greet, class=mistral.actions.adhoc.AdHocAction, {problem}]"
    assert table.task("t").state_info == f"Failed to run task [error={error}, wf=wf, task=t]:\n{error}"


def test_a_chain_that_is_too_long_ends_in_an_error(play: Play) -> None:
    chain = "".join(f"    a{n}: {{base: a{n + 1}}}\n" for n in range(30)) + "    a30: {base: std.noop}\n"
    table, shelf = with_adhoc(play, one_task("a0"), chain)
    assert table.go().states == {"t": ["ERROR"], "handle": ["SUCCESS"]}
    assert "a21" not in shelf.looked_up
    assert with_adhoc(play, one_task("a11"), chain)[0].go().states == {"t": ["SUCCESS"]}


@pytest.mark.parametrize(
    ("state", "result", "recorded"),
    [
        (SUCCESS, {"n": 1}, {"got": {"n": 1}}),
        (SUCCESS, None, {"got": None}),
        (ERROR, {"n": 1}, {"n": 1}),
        (CANCELLED, None, None),
    ],
)
def test_a_result_that_comes_later_is_reshaped_if_it_is_one(
    play: Play, state: State, result: Json, recorded: Json
) -> None:
    table, _ = with_adhoc(play, one_task("later"))
    table.go()
    assert table.dispatched == []  # it only waits
    assert not table.actions("t")[0].is_sync
    table.end("t", state, result)
    assert (table.result("t"), table.actions("t")[0].name) == (recorded, "later")


def test_an_executor_gets_the_base_and_its_input(play: Play) -> None:
    table, _ = with_adhoc(play, one_task("slow s='hi'", ", safe-rerun: true"))
    table.go()
    (order,) = table.dispatched
    assert (order.name, order.input, order.safe_rerun) == ("std.echo", {"output": "hi", "delay": 5}, True)
    assert (table.actions("t")[0].name, table.actions("t")[0].input) == ("slow", {"s": "hi"})
    assert table.end("t", SUCCESS, "hi").result("t") == "hi!"


def test_a_target_sees_the_input_of_the_caller_and_sends_the_base_out(play: Play) -> None:
    table, _ = with_adhoc(play, one_task("greet who='Ann'", ", target: <% $.who %>"))
    table.go()
    (order,) = table.dispatched
    assert (order.name, order.input, order.target) == ("std.echo", {"output": "Hello, Ann"}, "Ann")


def test_an_action_execution_stays_with_the_version_it_began_with(play: Play) -> None:
    table, shelf = with_adhoc(play, one_task("later", ", retry: {count: 1, delay: 1}"))
    table.go()
    shelf.store("later: {base: std.async_noop, output: {changed: <% $ %>}}")
    assert table.end("t", SUCCESS, 1).result("t") == {"got": 1}

    table, shelf = with_adhoc(play, one_task("later"))
    table.go()
    shelf.remove("later")
    assert table.end("t", SUCCESS, 2).result("t") == {"got": 2}


def test_a_new_attempt_uses_the_new_version(play: Play) -> None:
    table, shelf = with_adhoc(play, one_task("later", ", retry: {count: 1, delay: 1}"))
    table.go()
    shelf.store("later: {base: std.async_noop, output: {changed: <% $ %>}}")
    table.end("t", ERROR, "no")
    table.apply(table.wakes[-1].event)
    assert table.end("t", SUCCESS, 1).result("t") == {"changed": 1}


def test_a_late_result_is_kept_as_its_caller_would_get_it(play: Play) -> None:
    table, _ = with_adhoc(play, one_task("later", ", timeout: 5"))
    table.go()
    key = table.action("t")
    table.apply(TimedOut(key.task, 0, 5))
    table.apply(ActionEnded(key, SUCCESS, 1))
    assert table.states == {"t": ["ERROR"], "handle": ["SUCCESS"]}
    assert table.result("t") == {"got": 1}


@pytest.mark.parametrize("action", ["spoilt", "spoilt_later"])
def test_an_output_that_fails_ends_the_run(play: Play, action: str) -> None:
    table, _ = with_adhoc(play, one_task(action))
    table.go()
    if action == "spoilt_later":
        table.end("t", SUCCESS, 1)
    (ended,) = table.actions("t")
    assert (table.state, table.states) == ("ERROR", {"t": ["ERROR"]})
    assert (ended.state, ended.accepted, ended.output) == (ERROR, False, table.task("t").state_info)
    error = "Can not evaluate YAQL expression [expression=int(abc), "
    assert str(ended.output).startswith(f"Failed to complete action [error={error}")
    assert f"action={action}, task=t]:\n" in str(ended.output)


def test_an_error_is_not_reshaped(play: Play) -> None:
    table, _ = with_adhoc(play, one_task("failing"))
    table.go()
    assert (table.task("t").state_info, table.result("t")) == ("no", "no")


def test_large_inputs_are_kept_outside(play: Play) -> None:
    table, _ = with_adhoc(play, one_task("slow s=<% 'x' * 20000 %>"))
    table.go()
    assert table.rows.stores == 2  # what the caller gave, and what the base gets
    assert table.end("t", SUCCESS, "y").result("t") == "y!"

    table, _ = with_adhoc(play, one_task("inner x=<% 'x' * 20000 %>"))
    table.go()
    assert table.rows.stores == 2  # the input and the result


def test_results_need_not_be_kept(play: Play) -> None:
    body = one_task("inner x=1", ", keep-result: false, publish: {p: <% task().result %>}")
    table, _ = with_adhoc(play, body)
    table.go()
    assert (table.published("t"), table.actions("t")[0].output) == ({"p": "i<1>"}, None)


def test_the_environment_may_give_defaults_of_an_action(play: Play) -> None:
    env: JsonDict = {"__actions": {"greet": {"who": "Eve", "word": "Hi"}}}
    table = play(one_task("greet word='Oh'"), {"given": 1}, {"env": env}, library=Shelf(ACTIONS).library).go()
    assert table.result("t") == "Oh, Eve"
