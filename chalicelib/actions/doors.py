"""The doors to the real world. What is slow to load and seldom used is loaded when an action first needs it."""

from __future__ import annotations

import time
from collections.abc import Callable

from chalicelib.actions.aws.access import NOT_ALLOWED, AwsAccess
from chalicelib.actions.contract import Outside
from chalicelib.actions.egress import EgressPolicy
from chalicelib.actions.errands import AwsCall, CallAws, Command, CommandAnswer, Mail, PythonAnswer, PythonCall
from chalicelib.actions.sending import Sender
from chalicelib.core.jsontext import Json


def open_doors(code: Callable[[str], str], aws: AwsAccess = NOT_ALLOWED) -> Outside:
    """Everything that actions may use outside; `code`: the text of a code source by its version."""
    return Outside(
        sleep=time.sleep,
        send=Sender(),
        script=_script,
        mail=_mail,
        command=_command,
        python=_python,
        aws=_aws(aws),
        code=code,
    )


def _python(call: PythonCall, seconds: float | None) -> PythonAnswer:
    from chalicelib.actions.python_code import PythonCode

    return PythonCode()(call, seconds)


def _script(script: str, data: Json, seconds: float | None) -> Json:
    from chalicelib.actions.scripting import Scripts

    return Scripts()(script, data, seconds)


def _mail(mail: Mail, egress: EgressPolicy, seconds: float | None) -> None:
    from chalicelib.actions.mailing import Mailer

    Mailer()(mail, egress, seconds)


def _command(command: Command, egress: EgressPolicy, seconds: float | None) -> list[CommandAnswer]:
    from chalicelib.actions.connecting import Shell

    return Shell()(command, egress, seconds)


def _aws(access: AwsAccess) -> CallAws:
    """The door keeps its connections and the rights that it was lent."""
    made: list[CallAws] = []

    def call(wanted: AwsCall, seconds: float | None) -> Json:
        from chalicelib.actions.aws.calling import AwsDoor

        if not made:
            made.append(AwsDoor.of(access))
        return made[0](wanted, seconds)

    return call
