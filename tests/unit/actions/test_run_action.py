from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib import errors
from chalicelib.actions.registry import Registry
from chalicelib.actions.run_action import check_input, check_values, inline, run
from chalicelib.actions.runtime.action_type import ActionContext, ActionType, InvalidValues, Outside
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import Parameter

find = Registry().find

NOWHERE = ActionContext()


def an_action(run: Callable[[], Json], pure: bool = False) -> ActionType:
    return ActionType(
        name="my.action",
        description="For a test.",
        class_name="my.Class",
        run=lambda given, context, outside: run(),
        parameters=(Parameter("a"), Parameter("b"), Parameter("c", 1)),
        pure=pure,
    )


ACTION = an_action(lambda: None)


def failure(action: ActionType, given: JsonDict, context: ActionContext = NOWHERE) -> Json:
    with pytest.raises(errors.ActionFailed) as caught:
        run(action, given, context)
    result: Json = caught.value.result  # type: ignore[assignment]
    return result


@pytest.mark.parametrize("given", [{"a": 1, "b": 2}, {"a": None, "b": None, "c": None}])
def test_input_fits(given: JsonDict) -> None:
    check_input(ACTION, given)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"a": 1}, "missing=['b']"),
        ({}, "missing=['a', 'b']"),
        ({"a": 1, "b": 2, "z": 3, "y": 4}, "unexpected=['z', 'y']"),  # in the order they were given
        ({"b": 2, "z": 3}, "missing=['a'], unexpected=['z']"),
    ],
)
def test_input_does_not_fit(given: JsonDict, shown: str) -> None:
    with pytest.raises(errors.InputError) as caught:
        check_input(ACTION, given)
    assert caught.value.message == f"Invalid input [name=my.action, class=my.Class, {shown}]"


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("std.echo", {"output": 1, "delay": None}, "Parameter 'delay' must be a number."),
        ("std.sleep", {"seconds": [1]}, "Parameter 'seconds' must be a number."),
        (
            "std.http",
            {"url": "u", "json": {"a": 1}, "body": "x"},
            "Only one of the parameters 'json' and 'body' can be passed",
        ),
        ("std.mistral_http", {"url": "u", "auth": ["u", "p"]}, "Parameter 'auth' must be text."),
    ],
)
def test_values_that_build_no_action(name: str, given: JsonDict, message: str) -> None:
    action = find(name)
    with pytest.raises(InvalidValues) as caught:
        check_values(action, given)
    described = f"Python action [name={name}, cls=<class '{action.class_name}'>]"
    assert caught.value.message == message
    assert caught.value.in_task == f"Failed to instantiate an action [action_desc={described}]"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("std.echo", {"output": None, "delay": "soon"}),
        ("std.http", {"url": "u", "json": {}, "body": {"a": 1}}),  # what is empty does not count as passed
        ("std.fail", {}),
    ],
)
def test_values_that_do(name: str, given: JsonDict) -> None:
    check_values(find(name), given)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("std.noop", {}, True),
        ("std.fail", {"error_data": 1}, True),
        ("std.test_dict", {"size": 3}, True),
        ("std.echo", {"output": 1}, True),
        ("std.echo", {"output": 1, "delay": "x"}, True),
        ("std.echo", {"output": 1, "delay": 0.5}, False),
        ("std.sleep", {}, False),
        ("std.sleep", {"seconds": 0}, True),
        ("std.async_noop", {}, True),
        ("std.http", {"url": "u"}, False),
        ("std.mistral_http", {"url": "u"}, False),
    ],
)
def test_inline(name: str, given: JsonDict, expected: bool) -> None:
    assert inline(find(name), given) is expected


def test_the_text_of_an_exception() -> None:
    def boom() -> Json:
        raise KeyError("lost")

    text = failure(an_action(boom), {}, ActionContext(action_execution_id="id-1"))
    assert text == "The action raised an exception [action=my.action, action_ex_id=id-1, msg=''lost'']"


def test_a_result_that_an_action_chose_to_fail_with() -> None:
    def fail() -> Json:
        raise errors.ActionFailed({"code": 7})

    assert failure(an_action(fail), {}) == {"code": 7}


@pytest.mark.parametrize(
    ("result", "detail"),
    [
        (object(), "TypeError: Object of type object is not JSON serializable"),
        (float("nan"), "ValueError: Out of range float values are not JSON compliant"),
    ],
)
def test_a_result_that_is_not_json(result: Json, detail: str) -> None:
    text = failure(an_action(lambda: result), {}, ActionContext(action_execution_id="id-1"))
    head = "Failed to complete action due to a Mistral exception [action=my.action, action_ex_id=id-1]\n "
    assert str(text).startswith(head + detail)


def test_a_failure_that_is_not_json() -> None:
    def fail() -> Json:
        raise errors.ActionFailed([float("inf")])

    assert "ValueError: Out of range float values are not JSON compliant" in str(failure(an_action(fail), {}))


def test_half_a_character_is_json() -> None:
    def fail() -> Json:
        raise errors.ActionFailed(["\ud800"])

    assert run(an_action(lambda: "x\ud83d"), {}, ActionContext()) == "x\ud83d"
    assert failure(an_action(fail), {}) == ["\ud800"]


def test_an_exception_text_that_could_not_be_stored() -> None:
    def fail() -> Json:
        raise ValueError("\ud800")

    assert failure(an_action(fail), {}) == (
        "The action raised an exception [action=my.action, action_ex_id=None, msg='\\ud800']"
    )


def test_waiting_is_cut_at_the_timeout() -> None:
    slept: list[float] = []
    with pytest.raises(errors.ActionFailed, match="msg='Timeout after 2 seconds'"):
        run(find("std.sleep"), {"seconds": 3}, ActionContext(timeout=2.0), Outside(sleep=slept.append))
    assert slept == [2.0]


@pytest.mark.parametrize("timeout", [None, 0, 3, 100])
def test_waiting_within_the_timeout(timeout: float | None) -> None:
    slept: list[float] = []
    assert run(find("std.sleep"), {"seconds": 3}, ActionContext(timeout=timeout), Outside(sleep=slept.append)) is None
    assert slept == [3.0]


def test_an_inline_run_has_no_doors() -> None:
    assert "it needs the outside world" in str(failure(find("std.sleep"), {}))
    assert "it needs the outside world" in str(failure(find("std.http"), {"url": "http://h"}))
