from __future__ import annotations

import pytest

from chalicelib import errors
from chalicelib.actions.registry import Registry
from chalicelib.actions.run_action import run
from chalicelib.actions.runtime.action_type import ActionContext, Outside
from chalicelib.core.jsontext import Json, JsonDict

find = Registry().find

CONTEXT = ActionContext(action_execution_id="id-1")


@pytest.mark.parametrize("output", [1, 1.5, "text", True, False, None, [], {}, [1, [2]], {"a": {"b": None}}])
def test_echo_gives_back_any_value(output: Json) -> None:
    assert run(find("std.echo"), {"output": output}, CONTEXT) == output


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        (0, []),
        (0.5, [0.5]),
        ("0.2", [0.2]),
        (True, [1.0]),
        (-1, []),
        ("-1", []),
        ("soon", []),
        ("nan", []),
        ("inf", []),
    ],
)
def test_echo_waits(delay: Json, seconds: list[float]) -> None:
    slept: list[float] = []
    assert run(find("std.echo"), {"output": "x", "delay": delay}, CONTEXT, Outside(sleep=slept.append)) == "x"
    assert slept == seconds


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({}, [1.0]),
        ({"seconds": 2}, [2.0]),
        ({"seconds": "2"}, [2.0]),
        ({"seconds": 2.9}, [2.0]),
        ({"seconds": 0.5}, []),
        ({"seconds": "0.5"}, []),  # no whole number
        ({"seconds": -1}, []),
        ({"seconds": "x"}, []),
        ({"seconds": float("inf")}, []),
    ],
)
def test_sleep(given: JsonDict, seconds: list[float]) -> None:
    slept: list[float] = []
    assert run(find("std.sleep"), given, CONTEXT, Outside(sleep=slept.append)) is None
    assert slept == seconds


@pytest.mark.parametrize("name", ["std.noop", "std.async_noop"])
def test_noop(name: str) -> None:
    assert run(find(name), {}, CONTEXT) is None


@pytest.mark.parametrize("data", ["text", 7, {"code": 1}, [1, 2], True])
def test_fail_with_data(data: Json) -> None:
    with pytest.raises(errors.ActionFailed) as caught:
        run(find("std.fail"), {"error_data": data}, CONTEXT)
    assert caught.value.result == data


@pytest.mark.parametrize("given", [{}, {"error_data": None}, {"error_data": 0}, {"error_data": ""}, {"error_data": []}])
def test_fail_without_data(given: JsonDict) -> None:
    with pytest.raises(errors.ActionFailed) as caught:
        run(find("std.fail"), given, CONTEXT)
    msg = "Fail action expected exception."
    assert caught.value.result == f"The action raised an exception [action=Fail action, action_ex_id=id-1, msg='{msg}']"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"size": 3, "key_prefix": "key", "val": "v"}, {"key0": "v", "key1": "v", "key2": "v"}),
        ({"size": 2}, {"0": "", "1": ""}),
        ({"size": -1}, {}),
        ({"size": True}, {"0": ""}),
        ({"size": 1, "key_prefix": 5, "val": None}, {"50": None}),
        ({"size": 1, "key_prefix": None, "val": {"a": 1}}, {"None0": {"a": 1}}),
    ],
)
def test_test_dict(given: JsonDict, expected: JsonDict) -> None:
    assert run(find("std.test_dict"), given, CONTEXT) == expected


@pytest.mark.parametrize(
    ("given", "msg"),
    [
        ({"size": "2"}, "'str' object cannot be interpreted as an integer"),
        ({"size": 2.5}, "'float' object cannot be interpreted as an integer"),
        ({"size": None}, "'NoneType' object cannot be interpreted as an integer"),
        ({"size": 10**9}, "The dictionary would be larger than 4194304 bytes."),
        ({"size": 10, "val": "x" * 500_000}, "The dictionary would be larger than 4194304 bytes."),
    ],
)
def test_test_dict_refuses(given: JsonDict, msg: str) -> None:
    with pytest.raises(errors.ActionFailed) as caught:
        run(find("std.test_dict"), given, CONTEXT)
    result = f"The action raised an exception [action=std.test_dict, action_ex_id=id-1, msg='{msg}']"
    assert caught.value.result == result
