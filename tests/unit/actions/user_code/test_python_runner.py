"""Classes of code sources in their sealed process: what they can do, and what they try in vain."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from chalicelib.actions.runtime.gateways import Overdue, PythonAnswer, PythonCall, ScriptFailed
from chalicelib.actions.user_code.python_runner import PythonCode

SECONDS = 30.0

ACTION = """
from mistral_lib import actions

class Sum(actions.Action):
    def __init__(self, x, y=2):
        self.x, self.y = x, y

    def run(self, context):
        return {"sum": self.x + self.y, "of": context.execution.workflow_name}
"""


def ran(code: str, class_name: str = "A", seconds: float = SECONDS, **given: object) -> PythonAnswer:
    call = PythonCall(code, "source", class_name, dict(given), {"workflow_name": "w"})  # type: ignore[arg-type]
    return PythonCode()(call, seconds)


def body(lines: str) -> str:
    """A class whose `run` does this."""
    indented = "\n".join(f"        {line}" for line in lines.strip().splitlines())
    return f"class A:\n    def run(self, context):\n{indented}\n"


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    """Something in the environment of this process that no code may see."""
    os.environ["A_SECRET"] = "s3cret"
    yield
    del os.environ["A_SECRET"]


def test_an_action_as_it_is_written_for_mistral() -> None:
    assert ran(ACTION, "Sum", x=1) == PythonAnswer(value={"sum": 3, "of": "w"})


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ("return None", PythonAnswer()),
        ("print('noise')\nreturn [1]", PythonAnswer(value=[1])),
        ("from mistral_lib.actions import Result\nreturn Result(data=1)", PythonAnswer(value=1)),
        ("from mistral_lib.actions.types import Result\nreturn Result(error={'a': 1})", PythonAnswer(failed={"a": 1})),
        ("import json, re, datetime, hashlib, urllib.parse\nreturn hashlib.sha256(b'').hexdigest()[:4]", "e3b0"),
        ("raise ValueError('boom')", PythonAnswer(raised="boom")),
        ("raise KeyError", PythonAnswer(raised="KeyError")),
        ("raise SystemExit(3)", PythonAnswer(raised="3")),
        ("def f(): f()\nf()", PythonAnswer(raised="maximum recursion depth exceeded")),
    ],
)
def test_how_classes_end(lines: str, answer: PythonAnswer | str) -> None:
    expected = answer if isinstance(answer, PythonAnswer) else PythonAnswer(value=answer)
    assert ran(body(lines)) == expected


@pytest.mark.parametrize(
    ("code", "class_name", "text"),
    [
        ("class A: pass", "B", "there is no class 'B' in the code source 'source'"),
        ("A = 5", "A", "there is no class 'A' in the code source 'source'"),
        ("class A(", "A", "'(' was never closed (source, line 1)"),
        ("class A: pass", "A", "'A' object has no attribute 'run'"),
        ("class A:\n    def __init__(self, x): pass", "A", "missing 1 required positional argument: 'x'"),
    ],
)
def test_code_that_is_no_action(code: str, class_name: str, text: str) -> None:
    assert text in str(ran(code, class_name).raised)


def test_a_result_that_comes_later() -> None:
    code = body("return 1") + "\n    def is_sync(self):\n        return False\n"
    assert ran(code) == PythonAnswer(value=1, final=False)


def test_half_a_character_is_a_result() -> None:
    assert ran(body("return ['x' + chr(0xd83d)]")) == PythonAnswer(value=["x\ud83d"])


@pytest.mark.parametrize("lines", ["return object()", "return {1, 2}", "return float('nan')", "return 'x' * 5_000_000"])
def test_results_that_cannot_be_kept(lines: str) -> None:
    assert ran(body(lines)).unserialisable is not None


@pytest.mark.parametrize(
    "lines",
    [
        "return open('/etc/passwd').read()",
        "return open('/proc/self/environ').read()",
        "open('/tmp/left-behind', 'w').write('x')",
        "import os; return os.listdir('/')",
        "import os; os.fork()",
        "import os; os.execv('/bin/sh', ['sh'])",
        "import os; os.kill(1, 0)",
        "import os; os.kill(os.getppid(), 9)",
        "import os; os.setuid(0)",
        "import os; os.dup(0)",
        "import os; os.pipe()",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        "import socket; socket.socket()",
        "import _socket; _socket.socket()",
        "import urllib.request; urllib.request.urlopen('http://169.254.169.254/latest/meta-data')",
        "import subprocess; subprocess.run(['id'])",
        "import threading; threading.Thread(target=print).start()",
        "import ctypes\nif ctypes.CDLL(None, use_errno=True).fork() < 0: raise OSError(ctypes.get_errno(), 'refused')",
        "import seccomp\nseccomp.restrict()",
    ],
)
def test_ways_out_that_are_closed(lines: str) -> None:
    found = ran(body(lines))
    assert found.raised is not None
    assert (found.value, found.failed) == (None, None)
    refused = ("Errno 1]", "No module named", "can't start new thread", "limit")
    assert any(text in found.raised for text in refused), found.raised


def test_nothing_of_the_service_is_there_to_be_seen() -> None:
    seen = ran(body("import os, sys\nreturn [*os.environ, *sys.modules]")).value
    assert isinstance(seen, list)
    assert "os" in seen
    assert "A_SECRET" not in seen
    assert not [name for name in map(str, seen) if name.startswith(("AWS", "chalicelib", "boto", "pynamodb"))]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("import os; os._exit(0)", "broke off"),
        ("import os; os.write(1, b'x' * 20_000_000)", "broke off"),
        ("import os\nwhile True: os.write(1, b'x' * 100_000)", "the answer is too long"),
        ("import os; os.write(1, b'{\"value\": 1}'); os._exit(0)", None),
        ("import os; os.write(1, b'[]'); os._exit(0)", "something else than its result"),
        ("import os; os.write(1, b'{\"raised\": 5}'); os._exit(0)", "something else than its result"),
        ("import os; os.write(1, b'{\"other\": 5}'); os._exit(0)", "something else than its result"),
    ],
)
def test_code_that_meddles_with_its_answer_meddles_with_its_own_only(lines: str, text: str | None) -> None:
    if text is None:
        assert ran(body(lines)) == PythonAnswer(value=1)
        return
    with pytest.raises(ScriptFailed, match=text):
        ran(body(lines))


def test_too_much_memory_is_refused() -> None:
    assert "more than" in str(ran(body("return len(bytearray(2_000_000_000))")).raised)


def test_what_never_ends_is_ended() -> None:
    with pytest.raises(Overdue):
        ran(body("while True: pass"), seconds=1.0)
    with pytest.raises(Overdue):
        ran(body("import time; time.sleep(60)"), seconds=1.0)
