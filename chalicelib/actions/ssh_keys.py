"""Private keys for SSH, from text or from a file."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import paramiko

from chalicelib.actions.errands import CommandFailed, Login

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
