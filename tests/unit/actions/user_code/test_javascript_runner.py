"""Real scripts in real processes."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import pytest

from chalicelib.actions.runtime.gateways import Overdue, ScriptFailed
from chalicelib.actions.user_code.javascript_runner import Scripts
from chalicelib.core.jsontext import Json

run = Scripts()


def failure(script: str, data: Json = None) -> str:
    with pytest.raises(ScriptFailed) as caught:
        run(script, data, 20.0)
    return str(caught.value)


@pytest.mark.parametrize(
    ("script", "data", "result"),
    [
        ("return 1 + 2", None, 3),
        ("return $", None, None),
        ("return $", {"é": ["😀", 1.5, None, {}]}, {"é": ["😀", 1.5, None, {}]}),
        ("return $.list.map(n => n * 2)", {"list": [1, 2]}, [2, 4]),
        ("1 + 1", None, None),
        ("return undefined", None, None),
        ("return NaN", None, None),
        ("return new Date(0)", None, "1970-01-01T00:00:00.000Z"),
        ("return '\\u2028'; // the end", None, "\u2028"),
        ("return ['x\\ud83d']", None, ["x\ud83d"]),
        ("console.log('a', $); console.error(1); console.assert(false); return console.time()", None, None),
        ("return typeof console.debug + typeof console.info + typeof console.warn", None, "function" * 3),
    ],
)
def test_results(script: str, data: Json, result: Json) -> None:
    assert run(script, data, None) == result


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("throw 'no'", "no"),
        ("throw new Error('boom')", "Error: boom [line 1, column 11]"),
        ("nothing()", "ReferenceError: nothing is not defined [line 1, column 1]"),
        ("let x = ;", "SyntaxError: unexpected token in expression: ';' [line 1, column 9]"),
        (
            "var a = 1;\nvar b = 2;\nreturn $.x.y.z",
            "TypeError: cannot read property 'y' of undefined [line 3, column 8]",
        ),
        ("function f() {\n  lost();\n}\n\nf();", "ReferenceError: lost is not defined [line 2, column 3]"),
        ("\nreturn [1].map(n => n.a.b)", "TypeError: cannot read property 'b' of undefined [line 2, column 21]"),
        ("\n  eval('1+')", "SyntaxError: unexpected token in expression: '' [line 2, column 3]"),
        ("if (true) {\n", "SyntaxError: unexpected token in expression: ')' [at the end of the script]"),
        ("throw Symbol('x')", "something was thrown that cannot be shown as text."),
        ("$.self = $; return $", "TypeError: circular reference"),
        ("return 1n", "TypeError: BigInt are forbidden in JSON.stringify"),
    ],
)
def test_errors(script: str, text: str) -> None:
    assert failure(script, {}) == text


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (
            "const all = []; while (true) all.push(new Array(1e6).fill('x'))",
            "InternalError: out of memory [line 1, column 54]",
        ),
        ("return new Uint8Array(1e9)", "InternalError: out of memory [line 1, column 12]"),
        ("const deep = () => deep(); deep()", "RangeError: Maximum call stack size exceeded [line 1, column 20]"),
        ("return 'x'.repeat(5e6)", "the result is larger than 4194304 characters of JSON."),
        ("throw 'x'.repeat(1e5)", "x" * 2000),
    ],
)
def test_bounds(script: str, text: str) -> None:
    assert failure(script) == text


@pytest.mark.parametrize("script", ["while (true) {}", "return /^(a+)+$/.test('a'.repeat(40) + 'b')"])
def test_time(script: str) -> None:
    began = time.monotonic()
    with pytest.raises(Overdue, match=r"Timeout after 0\.5 seconds"):
        run(script, None, 0.5)
    with pytest.raises(ScriptFailed, match=r"the script took longer than 0\.5 seconds"):
        Scripts(max_seconds=0.5)(script, None, 30.0)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["require", "process", "std", "os", "fetch", "XMLHttpRequest", "setTimeout", "print"])
def test_nothing_of_the_outside_has_a_name(name: str) -> None:
    assert run(f"return typeof {name}", None, None) == "undefined"


def test_a_script_leaves_nothing_to_the_next() -> None:
    run("globalThis.left = 1; Array.prototype.map = null; JSON.parse = null", None, None)
    assert run("return [typeof left, [1].map(n => n + 1)]", None, None) == ["undefined", [2]]


def test_a_bent_engine_is_a_failure() -> None:
    bent = "Object.prototype.toJSON = function () { return {get a() { throw 'bent' }} }; return {}"
    assert failure(bent) == "bent"


SEALED = """
import os, socket
from chalicelib.actions.user_code.javascript_child import seal
seal(5.0)
for attempt in (
    lambda: open("/etc/passwd"),
    lambda: socket.socket(),
    lambda: os.fork(),
    lambda: os.kill(os.getppid(), 0),
    lambda: os.dup(0),
    lambda: bytearray(10**9),
):
    try:
        attempt()
        print("open")
    except (OSError, MemoryError) as error:
        print(type(error).__name__)
"""


def test_the_process_is_sealed_even_if_the_engine_were_broken() -> None:
    told = subprocess.run([sys.executable, "-c", SEALED], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [*["PermissionError"] * 5, "MemoryError"]
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 0
