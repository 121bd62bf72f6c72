"""The program in which one dynamic action runs: an order on stdin, an answer on stdout. Started by `python_runner.py`.

The class gets what Mistral would give it: its input as arguments, a context with the ids of what it runs for, and
`mistral_lib.actions` to derive from. Before any of its code begins, this process gives up everything else.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import resource
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import seccomp  # type: ignore[import-not-found]

MEMORY = 512 * 1024 * 1024
"""Bytes of the whole process."""
RESULT = 4 * 1024 * 1024
"""Characters of JSON: well above what a field may hold."""
MESSAGE = 2000
"""Characters of an error that are kept."""

LIBRARIES = """abc ast base64 bisect calendar collections contextlib copy csv dataclasses datetime decimal difflib enum
email.message email.parser fnmatch fractions functools hashlib heapq hmac html html.parser io ipaddress itertools json
logging math numbers operator pprint random re secrets statistics string struct textwrap time traceback types typing
unicodedata urllib.parse uuid xml.etree.ElementTree zlib warnings weakref __future__ _strptime encodings.idna"""
"""What actions may import: loaded beforehand, as no file can be opened afterwards."""


class Action:
    """What actions derive from."""

    def run(self, context: object) -> object:
        """Do the work."""
        raise NotImplementedError("the action has no method run(context)")

    def test(self, context: object) -> object:
        """Do as if."""
        return None

    def is_sync(self) -> bool:
        """Whether what `run` returns is the result; else that comes later, through the API."""
        return True


class Result:
    """What `run` may return to choose between data and an error."""

    def __init__(self, data: object = None, error: object = None, cancel: bool = False) -> None:
        self.data = data
        self.error = error
        self.cancel = cancel

    def is_error(self) -> bool:
        """Whether it tells of an error."""
        return self.error is not None and not self.cancel

    def is_success(self) -> bool:
        """Whether it tells of none."""
        return not self.is_error() and not self.cancel

    def is_cancel(self) -> bool:
        """Whether the action was cancelled."""
        return self.cancel


def main() -> None:
    """Read, seal, run, write."""
    order = json.load(sys.stdin)
    for name in LIBRARIES.split():
        importlib.import_module(name)
    _provide_mistral_lib()
    answers = sys.stdout
    sys.stdout = sys.stderr = io.StringIO()  # what an action prints is for nobody
    answers.write(json.dumps(sealed_answer_to(order)))
    answers.flush()
    os._exit(0)  # whatever the code wants done at exit


def sealed_answer_to(order: dict[str, Any]) -> dict[str, Any]:
    """As `answer_to`, sealed; nothing is run where that fails."""
    try:
        seal(order["seconds"], order["unsealed"])
    except OSError as error:
        return {"raised": f"the code was not run, as its process cannot be sealed: {error.strerror}"}
    return answer_to(order)


def seal(seconds: float, unsealed: bool) -> None:
    """Give up, for good, what no action needs; `unsealed`: go on where the kernel has no filter of system calls."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(seconds) + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))
    try:
        seccomp.restrict()
    except OSError:
        if not unsealed:
            raise


def answer_to(order: dict[str, Any]) -> dict[str, Any]:
    """`value` and whether it is `final`, `failed` with a result of the action's own, or `raised` with a text."""
    try:
        found = _loaded(order["code"], order["module"], order["class"])
        action = found(**order["input"])
        returned = action.run(_context(order["context"]))
        final = bool(action.is_sync()) if hasattr(action, "is_sync") else True
        return _shown(returned, final)
    except MemoryError:
        return {"raised": f"MemoryError: the action needs more than {MEMORY} bytes"}
    except BaseException as error:
        return {"raised": _text(error)}


def _shown(returned: object, final: bool) -> dict[str, Any]:
    result = returned if isinstance(returned, Result) else Result(returned)
    kind, value = ("failed", result.error) if result.is_error() or result.cancel else ("value", result.data)
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        return {"unserialisable": _text(error)}
    if size > RESULT:
        return {"unserialisable": f"the result is larger than {RESULT} characters of JSON"}
    return {kind: value, "final": final}


def _loaded(code: str, module: str, class_name: str) -> Any:
    """The class, out of the code as a module of its own."""
    made = ModuleType(module)
    sys.modules[module] = made
    exec(compile(code, module, "exec"), made.__dict__)  # the one purpose of this sealed process
    found = getattr(made, class_name, None)
    if not isinstance(found, type):
        raise AttributeError(f"there is no class '{class_name}' in the code source '{module}'")
    return found


def _context(ids: dict[str, Any]) -> object:
    return SimpleNamespace(execution=SimpleNamespace(**ids), security=None)


def _provide_mistral_lib() -> None:
    """`mistral_lib` as far as actions need it, and its usual ways of import."""
    actions = ModuleType("mistral_lib.actions")
    parts = {"base": Action, "types": Result}
    for name, what in parts.items():
        part = ModuleType(f"mistral_lib.actions.{name}")
        setattr(part, what.__name__, what)
        setattr(actions, what.__name__, what)
        setattr(actions, name, part)
        sys.modules[part.__name__] = part
    package = ModuleType("mistral_lib")
    package.actions = actions  # type: ignore[attr-defined]
    sys.modules.update({"mistral_lib": package, "mistral_lib.actions": actions})


def _text(error: BaseException) -> str:
    """The message; what has none shows its kind."""
    try:
        return (str(error) or type(error).__name__)[:MESSAGE]
    except Exception:
        return type(error).__name__


if __name__ == "__main__":
    main()
