"""SSH client: runs one command on a host; reads private keys.

Of this machine only key files that the user names are used: neither an agent nor its own keys. Loading the SSH library
takes long, so `wiring` imports this module when a command is first run.
"""

from __future__ import annotations

import logging
import shlex
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from select import select
from typing import TypeAlias

import paramiko

from chalicelib.actions.runtime.deadline import Deadline
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.actions.runtime.gateways import Command, CommandAnswer, CommandFailed, Login
from chalicelib.actions.runtime.pinned_connections import Pin, Resolve, resolve
from chalicelib.actions.ssh.causes import causes, ended_badly

_KINDS = (paramiko.Ed25519Key, paramiko.RSAKey, paramiko.ECDSAKey)


def private_key(login: Login, folder: Path) -> paramiko.PKey | None:
    """The key of `login`, its text before its file. Raises `CommandFailed` for one that cannot be read or opened."""
    if login.key:
        return _parsed(login.key, login.password)
    if login.key_file:
        return _parsed(_read(login.key_file, folder), login.password)
    return None


def _read(name: str, folder: Path) -> str:
    try:
        return _path(name, folder).read_text()
    except FileNotFoundError:
        raise CommandFailed(f"there is no key file {name!r} where the action runs") from None
    except (OSError, ValueError) as error:
        raise CommandFailed(f"the key file {name!r} cannot be read: {type(error).__name__}") from None


def _path(name: str, folder: Path) -> Path:
    if ".." in Path(name).parts:
        raise CommandFailed("the name of a key file leads out of its folder")
    return folder.expanduser() / name  # an absolute name stays what it is


def _parsed(text: str, password: str | None) -> paramiko.PKey:
    for kind in _KINDS:
        try:
            return kind.from_private_key(StringIO(text), password)
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise CommandFailed("the private key cannot be read, or the password does not open it")


PATIENCE = 60.0
"""Seconds to wait for the connection and for each step of the login."""


MAX_BYTES = 5 * 1024 * 1024


_PIECE = 64 * 1024


_Way: TypeAlias = socket.socket | paramiko.Channel
"""What carries a connection: a socket, or the streams of a command on a gateway."""


logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # a failure is the result of the action, not this service's


@dataclass(frozen=True, slots=True)
class Shell:
    """The `RunCommand` of the real world."""

    key_folder: Path = Path("~/.ssh")
    max_bytes: int = MAX_BYTES
    """Limit for what a command prints on one host."""
    resolve: Resolve = resolve
    clock: Callable[[], float] = time.monotonic

    def __call__(self, command: Command, egress: EgressPolicy, seconds: float | None) -> list[CommandAnswer]:
        """Run `command`; see `RunCommand`."""
        deadline = Deadline.after(seconds, self.clock)
        try:
            return [self._on(host, command, Pin(egress, self.resolve), deadline) for host in command.hosts]
        except CommandFailed:
            deadline.check()  # which may have cut the connection
            raise

    def _on(self, host: str, command: Command, pin: Pin, deadline: Deadline) -> CommandAnswer:
        with ExitStack() as stack:
            way = self._way(stack, host, command, pin, deadline)
            with causes(host, command.port, command.login):
                client = stack.enter_context(self._logged_in(host, command.login, way, deadline))
                answer = self._answer(_started(client, command.text, deadline))
        deadline.check()
        if answer.status != 0 and not command.go_on:
            raise ended_badly(host, answer)
        return answer

    def _way(self, stack: ExitStack, host: str, command: Command, pin: Pin, deadline: Deadline) -> _Way:
        gateway, login = command.gateway, command.login
        if gateway is None:
            return self._line(stack, host, command.port, login, pin, deadline)
        login = replace(login, username=gateway.username)
        line = self._line(stack, gateway.host, gateway.port, login, pin, deadline)
        with causes(gateway.host, gateway.port, login):
            pin.check_known(host, command.port, "Host")
            client = stack.enter_context(self._logged_in(gateway.host, login, line, deadline))
            return _started(client, gateway.command or f"nc {shlex.quote(host)} {command.port}", deadline)

    def _line(
        self, stack: ExitStack, host: str, port: int, login: Login, pin: Pin, deadline: Deadline
    ) -> socket.socket:
        with causes(host, port, login):
            line = stack.enter_context(pin.reach(host, port, deadline.left(PATIENCE)))
        stack.enter_context(deadline.cutting(lambda: _cut(line)))
        return line

    @contextmanager
    def _logged_in(self, host: str, login: Login, way: _Way, deadline: Deadline) -> Iterator[paramiko.SSHClient]:
        patience = deadline.left(PATIENCE)
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            client.connect(
                host,
                username=login.username,
                password=login.password,
                pkey=private_key(login, self.key_folder),
                sock=way,
                allow_agent=False,
                look_for_keys=False,
                banner_timeout=patience,
                auth_timeout=patience,
            )
            yield client

    def _answer(self, channel: paramiko.Channel) -> CommandAnswer:
        with suppress(OSError):  # closed already
            channel.shutdown_write()
        out, err, ended = bytearray(), bytearray(), False
        while not ended:
            select([channel], [], [])
            ended = bool(
                channel.eof_received or channel.closed
            )  # asked first: what arrived before the end is read below
            while channel.recv_ready():
                out += channel.recv(_PIECE)
                self._check_size(out, err)
            while channel.recv_stderr_ready():
                err += channel.recv_stderr(_PIECE)
                self._check_size(out, err)
        return CommandAnswer(channel.recv_exit_status(), out.decode(), err.decode())

    def _check_size(self, out: bytearray, err: bytearray) -> None:
        if len(out) + len(err) > self.max_bytes:
            raise CommandFailed(f"more than {self.max_bytes} bytes of output")


def _started(client: paramiko.SSHClient, command: str, deadline: Deadline) -> paramiko.Channel:
    transport = client.get_transport()
    if transport is None:
        raise CommandFailed("the connection is gone")
    channel = transport.open_session(timeout=deadline.left(PATIENCE))
    channel.exec_command(command)
    return channel


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
