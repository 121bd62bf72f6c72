"""Why a command on another machine failed, in words for whoever wrote the workflow; nothing of a login is quoted."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import paramiko

from chalicelib.actions.runtime.egress import Blocked
from chalicelib.actions.runtime.gateways import CommandAnswer, CommandFailed, Login, Overdue

_LONGEST_LINE = 200
"""Characters of what the command printed that an error shows."""


@contextmanager
def causes(host: str, port: int, login: Login) -> Iterator[None]:
    """Turns what the network and the SSH library raise about `host` into `CommandFailed` with the cause."""
    try:
        yield
    except (Blocked, Overdue, CommandFailed):
        raise
    except (paramiko.SSHException, OSError, EOFError, ValueError) as error:
        raise CommandFailed(_cause(error, host, port, login)) from error


def ended_badly(host: str, answer: CommandAnswer) -> CommandFailed:
    """The command ended with a status other than 0: the status, and the first line of its errors."""
    how = f"exit status {answer.status}" if answer.status >= 0 else "ended by a signal"
    line = next((line.strip() for line in answer.stderr.splitlines() if line.strip()), "")
    return CommandFailed(f"{how} on {host}", line[:_LONGEST_LINE])


def _cause(error: Exception, host: str, port: int, login: Login) -> str:
    place = f"{host}:{port}"
    if isinstance(error, socket.gaierror):
        return f"the name of the host {host} cannot be resolved"
    if isinstance(error, ConnectionRefusedError):
        return f"{place} refused the connection"
    if isinstance(error, TimeoutError):
        return f"{place} did not answer in time"
    if isinstance(error, UnicodeDecodeError):
        return f"what the command printed on {host} is not UTF-8"
    if isinstance(error, paramiko.AuthenticationException):
        return f"{host} refused the login of {login.username!r}"
    if isinstance(error, paramiko.SSHException) and not (login.password or login.key or login.key_file):
        return f"{host} refused the login of {login.username!r}, as neither a password nor a key was given"
    if isinstance(error, OSError):
        return f"{place} cannot be reached: {error.strerror or error}"
    return f"the connection to {place} failed: {error or 'it ended too early'}"
