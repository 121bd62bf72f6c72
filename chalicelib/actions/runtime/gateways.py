"""What actions other than the HTTP ones have done outside: scripts, mail, commands on other machines.

Plain data and the Protocols of those who do it; `contract.Outside` holds one of each. Secrets are no part of what a
value shows of itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from chalicelib import errors
from chalicelib.core.jsontext import Json, JsonDict

SSH_PORT = 22

if TYPE_CHECKING:
    from chalicelib.actions.runtime.egress import EgressPolicy


class Overdue(errors.MeltemiError):
    """The action took longer than it may."""

    def __init__(self, seconds: float) -> None:
        shown = int(seconds) if float(seconds).is_integer() else seconds
        super().__init__(f"Timeout after {shown} seconds")
        self.seconds = seconds


class ScriptFailed(errors.MeltemiError):
    """The script threw something, could not be understood, or went over a limit."""


class MailFailed(errors.MeltemiError):
    """The mail could not be handed over."""


class CommandFailed(errors.MeltemiError):
    """The command could not be carried out; the text says why and shows no secret of a login."""

    def __init__(self, message: str, printed: str = "") -> None:
        """`printed`: a line of what the command printed, which may be anything and stays out of logs."""
        super().__init__(message)
        self.printed = printed


class RunScript(Protocol):
    """Runs the body of a JavaScript function, sealed off from this process and from everything outside.

    `data` is what the script sees as `$`. Raises `ScriptFailed`, and `Overdue` when `seconds` are over.
    """

    def __call__(self, script: str, data: Json, seconds: float | None, /) -> Json:
        """What the function returns, as JSON."""
        ...


@dataclass(frozen=True, slots=True)
class PythonCall:
    """A class of a code source, and what it is given."""

    code: str
    """The whole code source."""
    module: str
    """The name of the code source."""
    class_name: str
    input: JsonDict
    """The arguments of the class."""
    context: JsonDict
    """What the code sees as `context.execution`."""


@dataclass(frozen=True, slots=True)
class PythonAnswer:
    """How the class ended: the first of these that is given counts."""

    unserialisable: str | None = None
    """Why its result cannot be kept."""
    raised: str | None = None
    """The text of an exception."""
    failed: Json = None
    """The error that it chose."""
    value: Json = None
    final: bool = True
    """Whether `value` is the result; else that comes later."""


class RunPython(Protocol):
    """Runs a class, sealed off from this process and from everything outside.

    Raises `ScriptFailed` for code that gave no answer, and `Overdue` when `seconds` are over.
    """

    def __call__(self, call: PythonCall, seconds: float | None, /) -> PythonAnswer:
        """Make one of the class, run it, and wait for the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    """A message and the way it goes. With a password: over TLS only, and `sender` is the name to log in with."""

    server: str
    """`host` or `host:port`."""
    sender: str
    to: Sequence[str]
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: Sequence[str] = ()
    subject: str = ""
    body: str = ""
    html: str | None = None
    """The body once more, for those who prefer it in HTML."""
    password: str | None = field(default=None, repr=False)


class SendMail(Protocol):
    """Hands mail to its server where `egress` allows it. Raises `MailFailed`, and `Overdue` when `seconds` are over."""

    def __call__(self, mail: Mail, egress: EgressPolicy, seconds: float | None, /) -> None:
        """Send and wait until the server took it."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in at a machine, and how: with a password, with a key, or with a key that the password opens."""

    username: str
    password: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    """Private key, in PEM or OpenSSH form."""
    key_file: str | None = None
    """Name of a file with such a key, in `~/.ssh` of whoever connects."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The machine in between, which alone is connected to."""

    host: str
    username: str
    command: str | None = None
    """What, run on the gateway, connects its standard streams to the host; `None`: `nc <host> <port>`."""
    port: int = SSH_PORT


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command for one or more hosts, one after the other."""

    text: str
    hosts: Sequence[str]
    login: Login
    gateway: Gateway | None = None
    go_on: bool = False
    """Whether an exit status other than 0 on one host leaves the next ones to be asked."""
    port: int = SSH_PORT
    """That of every host."""


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """How the command ended on one host."""

    status: int
    """-1 for a command that a signal ended."""
    stdout: str
    stderr: str


class RunCommand(Protocol):
    """Runs a command on its hosts where `egress` allows it, within `seconds` in all.

    Raises `CommandFailed` if a host could not be asked, or ended with a status other than 0 and `go_on` is false;
    `Blocked` for what the policy refuses; `Overdue` when the time is over.
    """

    def __call__(self, command: Command, egress: EgressPolicy, seconds: float | None, /) -> list[CommandAnswer]:
        """One answer for each host, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class AwsCall:
    """A request to an AWS service on behalf of a project."""

    service: str
    """As boto3 calls it: `ec2`."""
    method: str
    """That of its client: `start_instances`."""
    input: JsonDict = field(repr=False)
    """The members of the operation."""
    project_id: str | None
    region: str | None = None
    all_pages: bool = False
    repeatable: bool = False
    """Whether it may be sent again when nobody knows if it arrived."""
    token: str | None = None
    """Where the operation takes a token by which AWS knows a repeated request: this is it, if none is given."""


class CallAws(Protocol):
    """Calls AWS with the rights of the project, within `seconds` in all.

    Raises `ActionFailed` with the code and text that AWS answered, `Overdue` when the time is over, and another
    `MeltemiError` for what was not sent at all. No text holds a value that AWS calls sensitive.
    """

    def __call__(self, call: AwsCall, seconds: float | None, /) -> Json:
        """What the operation answered."""
        ...
