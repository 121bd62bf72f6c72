"""Code of users in a function of its own: what is sent there, what comes back, and what goes wrong on the way."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib import errors
from chalicelib.actions.runtime.gateways import AwsCall, Overdue, PythonAnswer, PythonCall, ScriptFailed
from chalicelib.actions.user_code.python_runner import PythonCode
from chalicelib.actions.user_code.sandbox_function import MAX_PAYLOAD, Sandbox, SandboxFailed, carry_out
from chalicelib.core.jsontext import Json

LOADED = """
import sys
import chalicelib.entry.functions.sandbox
known = ("app", "boto3", "botocore", "pynamodb", "yaql", "chalicelib.bootstrap",
         "chalicelib.settings", "chalicelib.ports")
print(sorted(set(known) & set(sys.modules)))
"""
ADD = """
class Add:
    def __init__(self, x):
        self.x = x
    def run(self, context):
        return [self.x + 1, context.execution.a]
"""


class Function:
    """The sandbox function, called as Lambda calls it."""

    def __init__(self, seconds_left: float = 60.0) -> None:
        self.seconds_left = seconds_left
        self.calls: list[tuple[AwsCall, float | None]] = []

    def __call__(self, call: AwsCall, seconds: float | None) -> Json:
        self.calls.append((call, seconds))
        answer = carry_out(json.loads(str(call.input["Payload"])), self.seconds_left)
        return {"StatusCode": 200, "Payload": json.dumps(answer)}


def class_of(code: str, name: str = "A", **given: Json) -> PythonCall:
    return PythonCall(code, "source", name, given, {"a": "b"})


def broken(kind: str, message: str = "") -> Json:
    told = json.dumps({"errorMessage": message, "errorType": kind})
    return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": told}


def test_a_class_and_a_script() -> None:
    function = Function()
    sandbox = Sandbox(function, "boxed")
    assert sandbox.python(class_of(ADD, "Add", x=1), 20.0) == PythonAnswer(value=[2, "b"])
    assert sandbox.script("return $.é + 1", {"é": 1}, 20.0) == 2
    assert {(call.service, call.method, call.input["FunctionName"]) for call, _ in function.calls} == {
        ("lambda", "invoke", "boxed")
    }
    assert not any(call.repeatable for call, _ in function.calls)


def test_how_code_fails() -> None:
    sandbox = Sandbox(Function(), "boxed")
    assert sandbox.python(class_of("class A: pass"), 20.0).raised == "'A' object has no attribute 'run'"
    with pytest.raises(ScriptFailed, match="boom"):
        sandbox.script("throw new Error('boom')", None, 20.0)


@pytest.mark.parametrize("seconds_left", [60.0, 3.0])
def test_code_that_never_ends_is_ended(seconds_left: float) -> None:
    """By the time of the action, or by that of the function."""
    sandbox = Sandbox(Function(seconds_left), "boxed")
    with pytest.raises(Overdue, match="Timeout after 1 seconds"):
        sandbox.script("while (true);", None, 1.0 if seconds_left > 3 else 20.0)


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (broken("Sandbox.Timedout", "RequestId: x Error: Task timed out after 3.00 seconds"), Overdue, "Timeout"),
        (broken("Runtime.ExitError", "RequestId: x Error: Runtime exited"), ScriptFailed, "broke off"),
        (broken("Function.ResponseSizeTooLarge"), ScriptFailed, "larger than the sandbox function can bring back"),
        (broken("KeyError", "'seconds'"), SandboxFailed, "The sandbox function failed: KeyError"),
        ({"StatusCode": 200, "Payload": "no JSON"}, SandboxFailed, "gave no answer"),
        ({"StatusCode": 200, "Payload": "[]"}, SandboxFailed, "gave no answer"),
        ({"StatusCode": 200}, SandboxFailed, "gave no answer"),
        (None, SandboxFailed, "gave no answer"),
        (errors.ActionFailed({"code": "TooManyRequestsException"}), SandboxFailed, "too busy"),
        (errors.ActionFailed({"code": "AccessDeniedException"}), SandboxFailed, "not be called: AccessDenied"),
    ],
)
def test_how_the_function_fails(answer: Json | Exception, error: type[Exception], text: str) -> None:
    def call(wanted: AwsCall, seconds: float | None) -> Json:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(error, match=text):
        Sandbox(call, "boxed").script("return 1", None, 20.0)


@pytest.mark.parametrize("value", [{"other": 1}, [], "text", {"raised": 5}])
def test_an_answer_that_is_none_of_ours(value: Json) -> None:
    def call(wanted: AwsCall, seconds: float | None) -> Json:
        return {"Payload": json.dumps({"value": value})}

    with pytest.raises(ScriptFailed, match="something else than its result"):
        Sandbox(call, "boxed").python(class_of(ADD), 20.0)


def test_what_is_too_large_is_not_sent() -> None:
    function = Function()
    with pytest.raises(ScriptFailed, match="larger than"):
        Sandbox(function, "boxed").script("return 1", "x" * MAX_PAYLOAD, 20.0)
    assert not function.calls


def test_the_function_loads_nothing_that_it_could_tell() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


@contextmanager
def _kernel_that_cannot_seal() -> Iterator[None]:
    """For processes that are started meanwhile the machine has another name, of which no filter is known."""
    personality: Any = ctypes.CDLL(None).personality
    before = personality(8)
    try:
        yield
    finally:
        personality(before)


def test_code_that_cannot_be_sealed_is_not_run_unless_the_sandbox_may() -> None:
    call = class_of(ADD, "Add", x=1)
    with _kernel_that_cannot_seal():
        refused = PythonCode()(call, 20.0)
        allowed = Sandbox(Function(), "boxed", unsealed=True).python(call, 20.0)
        not_said = Sandbox(Function(), "boxed").python(call, 20.0)
    assert "the code was not run, as its process cannot be sealed" in str(refused.raised)
    assert allowed == PythonAnswer(value=[2, "b"])
    assert not_said == refused
