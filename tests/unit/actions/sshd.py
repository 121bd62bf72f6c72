"""Real SSH servers on the loopback: that of the system for keys and commands, a small one for passwords."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED

USER = pwd.getpwuid(os.getuid()).pw_name
PHRASE = "open sesame"

_RELAY = """\
import socket, sys, threading
line = socket.create_connection(("127.0.0.1", {port}))
def up():
    while piece := sys.stdin.buffer.raw.read(65536):
        line.sendall(piece)
    line.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while piece := line.recv(65536):
    sys.stdout.buffer.raw.write(piece)
"""

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PidFile none
PasswordAuthentication no
SetEnv PATH={folder}/bin:/usr/bin:/bin
"""


@dataclass(frozen=True)
class Sshd:
    """The system's server, for the user who runs the tests; its folder holds keys that may log in, named by kind.

    Commands find a `nc` there that notes its arguments in `nc-arguments` and connects to this very server.
    """

    folder: Path
    port: int
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, folder: Path) -> Sshd:
        """Listens when this returns."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        _write_keys(folder)
        (folder / "relay.py").write_text(_RELAY.format(port=port))
        (folder / "bin").mkdir()
        nc = folder / "bin/nc"
        nc.write_text(f'#!/bin/sh\necho "$@" > {folder}/nc-arguments\nexec {sys.executable} {folder}/relay.py\n')
        nc.chmod(0o755)
        (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
        program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin") or "/usr/sbin/sshd"
        command = [program, "-D", "-e", "-f", str(folder / "config")]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        told = process.stderr.readline() if process.stderr else ""
        assert "Server listening" in told, f"sshd does not start: {told}"
        return cls(folder, port, process)

    def key(self, name: str) -> str:
        """The private key `name`."""
        return (self.folder / name).read_text()

    def stop(self) -> None:
        """No new connections; those that are open end with their clients."""
        self.process.terminate()
        self.process.communicate()


def _write_keys(folder: Path) -> None:
    plain, sealed = NoEncryption(), BestAvailableEncryption(PHRASE.encode())
    kinds: dict[str, tuple[ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, PrivateFormat]]
    kinds = {
        "ed25519": (ed25519.Ed25519PrivateKey.generate(), PrivateFormat.OpenSSH),
        "ecdsa": (ec.generate_private_key(ec.SECP256R1()), PrivateFormat.OpenSSH),
        "rsa": (rsa.generate_private_key(65537, 2048), PrivateFormat.TraditionalOpenSSL),
        "sealed": (ed25519.Ed25519PrivateKey.generate(), PrivateFormat.OpenSSH),
        "host": (ed25519.Ed25519PrivateKey.generate(), PrivateFormat.OpenSSH),
    }
    public = []
    for name, (key, form) in kinds.items():
        encryption: KeySerializationEncryption = sealed if name == "sealed" else plain
        (folder / name).write_bytes(key.private_bytes(Encoding.PEM, form, encryption))
        (folder / name).chmod(0o600)
        public.append(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b"\n")
    (folder / "authorized").write_bytes(b"".join(public[:-1]))


class PasswordServer(paramiko.ServerInterface):
    """Lets one connection in, by password, and answers its command with `hi`."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.passwords: list[str] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        line, _ = self._listening.accept()
        self._listening.close()
        transport = paramiko.Transport(line)
        transport.add_server_key(paramiko.ECDSAKey.generate())
        transport.start_server(server=self)
        transport.join(20)

    def stop(self) -> None:
        """Wait for the connection to end."""
        self._thread.join()

    def get_allowed_auths(self, username: str) -> str:
        """Passwords only."""
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        """There is one password."""
        self.passwords.append(password)
        return AUTH_SUCCESSFUL if password == PHRASE else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Sessions only."""
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        """Every command is answered alike."""
        threading.Thread(target=self._answer, args=(channel,)).start()
        return True

    def _answer(self, channel: paramiko.Channel) -> None:
        channel.recv(1)  # the client has the reply to its request once it ends its side
        channel.sendall(b"hi\n")
        channel.send_exit_status(0)
        channel.close()
