"""The doors to the real world. What is slow to load and seldom used is loaded when an action first needs it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.actions.aws.access import NOT_ALLOWED, AwsAccess
from chalicelib.actions.runtime.action_type import HttpAnswer, HttpRequest, Outside
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.actions.runtime.gateways import CallAws, Command, CommandAnswer, Mail, PythonAnswer, PythonCall
from chalicelib.core.jsontext import Json

if TYPE_CHECKING:
    from chalicelib.actions.user_code.sandbox_function import Sandbox


@dataclass(frozen=True, slots=True)
class SandboxPlace:
    """The function in which code of users runs, and how this process reaches it."""

    function: str
    access: AwsAccess
    unsealed: bool = False


def open_doors(
    code: Callable[[str], str], aws: AwsAccess = NOT_ALLOWED, sandbox: SandboxPlace | None = None
) -> Outside:
    """Everything that actions may use outside; `code`: the text of a code source by its version; without a `sandbox`
    code of users runs on this machine."""
    doors = Outside(
        sleep=time.sleep,
        send=_send,
        script=_script,
        mail=_mail,
        command=_command,
        python=_python,
        aws=_aws(aws),
        code=code,
    )
    return doors if sandbox is None else replace(doors, **_elsewhere(sandbox))


def _elsewhere(place: SandboxPlace) -> dict[str, Any]:
    """The doors of code that runs in the sandbox function."""

    @cache
    def made() -> Sandbox:
        from chalicelib.actions.aws.gateway import AwsDoor
        from chalicelib.actions.user_code.sandbox_function import MAX_ANSWER, PAUSES, Sandbox

        door = replace(AwsDoor.of(place.access), max_bytes=MAX_ANSWER, pauses=PAUSES)
        return Sandbox(door, place.function, place.unsealed)

    def python(call: PythonCall, seconds: float | None) -> PythonAnswer:
        return made().python(call, seconds)

    def script(text: str, data: Json, seconds: float | None) -> Json:
        return made().script(text, data, seconds)

    return {"python": python, "script": script}


def _send(request: HttpRequest, egress: EgressPolicy, seconds: float | None) -> HttpAnswer:
    from chalicelib.actions.http.client import Sender

    return Sender()(request, egress, seconds)


def _python(call: PythonCall, seconds: float | None) -> PythonAnswer:
    from chalicelib.actions.user_code.python_runner import PythonCode

    return PythonCode()(call, seconds)


def _script(script: str, data: Json, seconds: float | None) -> Json:
    from chalicelib.actions.user_code.javascript_runner import Scripts

    return Scripts()(script, data, seconds)


def _mail(mail: Mail, egress: EgressPolicy, seconds: float | None) -> None:
    from chalicelib.actions.mail.smtp import Mailer

    Mailer()(mail, egress, seconds)


def _command(command: Command, egress: EgressPolicy, seconds: float | None) -> list[CommandAnswer]:
    from chalicelib.actions.ssh.client import Shell

    return Shell()(command, egress, seconds)


def _aws(access: AwsAccess) -> CallAws:
    """The door keeps its connections and the rights that it was lent."""

    @cache
    def made() -> CallAws:
        from chalicelib.actions.aws.gateway import AwsDoor

        return AwsDoor.of(access)

    return lambda call, seconds: made()(call, seconds)
