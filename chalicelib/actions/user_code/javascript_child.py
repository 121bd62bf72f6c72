"""The program in which one script runs: an order on stdin, an answer on stdout. Started by `javascript_runner.py` only.

Before the script begins, this process gives up what a script might want if it ever broke out of the engine: it can
open no file or socket, write no file, start no process, and grow only so far.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from contextlib import suppress
from typing import TypedDict

import quickjs

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import seccomp  # type: ignore[import-not-found]

MEMORY = 64 * 1024 * 1024
"""Bytes that a script may use."""
STACK = 1024 * 1024
RESULT = 4 * 1024 * 1024
"""Characters of JSON: well above what a field may hold."""

_PROCESS_MEMORY = 512 * 1024 * 1024
_MESSAGE = 2000
"""Characters of an error that are kept."""

_CALL = "(function (script, data) { globalThis.$ = JSON.parse(data); return JSON.stringify(Function(script)()); })"

_CONSOLE = """globalThis.console = Object.fromEntries(
    ("assert clear context count countReset debug dir dirxml error group groupCollapsed groupEnd info log profile " +
     "profileEnd table time timeEnd timeLog timeStamp trace warn").split(" ").map(name => [name, () => undefined]));"""
"""As in Mistral, scripts have the console of a browser, and nobody reads it."""

_PLACE = re.compile(r"^    at .*<input>:(\d+):(\d+)\)?$", re.MULTILINE)
_LINES_BEFORE = 2
"""Lines that the engine puts before a script when it makes a function of it; eval and JSON.parse count from 1."""


class Order(TypedDict):
    """What stdin holds."""

    script: str
    data: str
    """JSON text."""
    seconds: float


class Answer(TypedDict):
    """What stdout holds."""

    value: str | None
    """JSON text; `None` for undefined."""
    error: str | None


def main() -> None:
    """Read, seal, run, write."""
    order: Order = json.load(sys.stdin)
    seal(order["seconds"])
    json.dump(run(order), sys.stdout)
    sys.stdout.flush()
    os._exit(0)


def seal(seconds: float) -> None:
    """Give up, for good, what no script needs."""
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(seconds) + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    if sys.platform == "linux":  # others have no such limit; the engine's own one holds there, too
        limits[resource.RLIMIT_AS] = _PROCESS_MEMORY
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))
    with suppress(OSError):  # a second fence; where the kernel has none, the engine knows no way out by itself
        seccomp.restrict()


def run(order: Order) -> Answer:
    """The answer to `order`."""
    engine = quickjs.Context()
    engine.set_memory_limit(MEMORY)
    engine.set_max_stack_size(STACK)
    engine.eval(_CONSOLE)
    try:
        value = engine.eval(_CALL)(order["script"], order["data"])
    except quickjs.JSException as error:
        return Answer(value=None, error=_shown(str(error), order["script"]))
    if isinstance(value, str) and len(value) > RESULT:
        return Answer(value=None, error=f"the result is larger than {RESULT} characters of JSON.")
    return Answer(value=value if isinstance(value, str) else None, error=None)


def _shown(text: str, script: str) -> str:
    """The message without the engine's list of calls (`undefined` where something else than an error was thrown), but
    with the place in the script."""
    if text.startswith("(Failed obtaining QuickJS error string"):
        return "something was thrown that cannot be shown as text."
    lines = text.removesuffix("\nundefined").splitlines()
    message = "\n".join(line for line in lines if not line.startswith("    at "))[:_MESSAGE]
    return message + _place(text, script)


def _place(text: str, script: str) -> str:
    """The innermost place in the script, as definitions show theirs; empty if it is not known."""
    for found in _PLACE.finditer(text):
        line, column = int(found[1]) - _LINES_BEFORE, int(found[2])
        if line > script.count("\n") + 1:
            return " [at the end of the script]"
        if line > 0:
            return f" [line {line}, column {column}]"
    return ""


if __name__ == "__main__":
    main()
