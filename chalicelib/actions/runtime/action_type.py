"""What an action is, what it is given to work with, and the two ways in which it can go wrong by itself.

Nothing here knows a particular action: rows of `ActionType` are made beside the code they describe and collected in
`registry.py`; `running.py` is what calls them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from chalicelib import errors
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.actions.runtime.gateways import CallAws, RunCommand, RunPython, RunScript, SendMail
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import Parameter


class InvalidValues(errors.InvalidRequest):
    """The values given to the action cannot be used.

    `message` tells a caller who runs the action by itself what is wrong; `in_task` is the text that a task execution
    gets (there it is an ordinary error of the task, which `on-error` handles).
    """

    def __init__(self, message: str, in_task: str) -> None:
        super().__init__(message)
        self.in_task = in_task


class Unserialisable(errors.MeltemiError):
    """The result of the action cannot be written as JSON."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request as a user gave it: values are checked by whoever sends it."""

    url: str
    method: Json = "GET"
    params: Json = None
    body: Json = None
    json: Json = None
    headers: Json = None
    cookies: Json = None
    auth: tuple[str, str] | None = None
    timeout: Json = 60
    """Seconds to wait for the connection, and then for each piece of the answer."""
    allow_redirects: bool = False
    proxies: Json = None
    verify: bool = True


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer with its whole body."""

    status: int
    reason: str | None
    url: str
    body: bytes = b""
    encoding: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str | None] = field(default_factory=dict)
    history: tuple[bytes, ...] = ()
    """Bodies of the redirects that led here, oldest first."""
    elapsed: float = 0.0


class Send(Protocol):
    """Sends an HTTP request where `egress` allows it, within `seconds` in all.

    Raises a `MeltemiError` whose message is the text of the failure: `Forbidden` for what the policy refuses,
    `Overdue` when the time is over.
    """

    def __call__(self, request: HttpRequest, egress: EgressPolicy, seconds: float | None, /) -> HttpAnswer:
        """Send and wait for the whole answer."""
        ...


def _absent(*_: object, **__: object) -> NoReturn:
    raise errors.MeltemiError("This action cannot run here: it needs the outside world.")


@dataclass(frozen=True, slots=True)
class Outside:
    """The doors to the world that actions use. Without arguments all doors are shut: enough for inline actions."""

    sleep: Callable[[float], None] = _absent
    send: Send = _absent
    script: RunScript = _absent
    mail: SendMail = _absent
    command: RunCommand = _absent
    python: RunPython = _absent
    aws: CallAws = _absent
    code: Callable[[str], str] = _absent
    """The text of a code source by its version. Raises `NotFound`."""
    wait_for_signal: Callable[[str, str | None, str | None], None] = _absent
    """Has an action execution end when a signal comes: the key, the execution, the action execution."""
    signal_link: Callable[[str | None, str, str, float], str] = _absent
    """Makes a link by which somebody sends a signal: the execution, the key, what is asked, seconds that it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContext:
    """For whom an action runs; every id is `None` where there is no such thing (an action run by itself)."""

    project_id: str | None = None
    workflow_name: str | None = None
    execution_id: str | None = None
    task_id: str | None = None
    action_execution_id: str | None = None
    callback_url: str | None = None
    timeout: float | None = None
    """Seconds that the action may take; `None` or 0: no limit."""
    egress: EgressPolicy = field(default_factory=EgressPolicy)


def no_wait(_: JsonDict) -> float:
    """For actions that start working at once."""
    return 0.0


def any_values(_: JsonDict) -> str | None:
    """For actions that can be built from any values of their parameters."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionType:
    """One action: how it is called, what it takes, and the function behind it."""

    name: str
    description: str
    class_name: str
    """Shown in messages about wrong input, where clients of Mistral 23.0.0 find a class name."""
    run: Callable[[JsonDict, ActionContext, Outside], Json]
    """Gets the input with defaults filled in. Raises `ActionFailed` to choose its own error result; the text of any
    other exception becomes part of the usual one."""
    parameters: tuple[Parameter, ...] = ()
    pure: bool = False
    """No effect outside and the same result each time, `waits` aside: may run inside a step and be repeated."""
    only_looks: bool = False
    """Needs the outside, but changes nothing there, or nothing more the second time: it may be repeated."""
    is_sync: bool = True
    """Whether the result of `run` is the result of the action; else that comes later, through the API."""
    waits: Callable[[JsonDict], float] = no_wait
    """Seconds to let pass before `run`."""
    check: Callable[[JsonDict], str | None] = any_values
    """What is wrong with the values, if the action cannot even be built from them."""
    label: str | None = None
    """How the action calls itself in the text of an exception; its name if `None`."""
