"""Credentials for endpoints on this machine: emulators take any, and the user's real ones must not reach them."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from urllib.parse import urlsplit

REGION = "us-east-1"
MADE_UP = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def prepare_run(env: MutableMapping[str, str], own_emulator: bool) -> None:
    """What `make run` works with: made-up credentials for its own emulator, and where the user has set none."""
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or REGION
    env.update(AWS_REGION=region, AWS_DEFAULT_REGION=region)
    if own_emulator:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            env.pop(name, None)
        for name in ("NO_PROXY", "no_proxy"):
            env[name] = ",".join(filter(None, [env.get(name), "127.0.0.1"]))
    if own_emulator or not _has_credentials(env):
        env.update(MADE_UP)


def prepare_command(env: MutableMapping[str, str]) -> None:
    """What a command works with: made-up credentials where none are set and `AWS_ENDPOINT_URL` is on this machine."""
    if urlsplit(env.get("AWS_ENDPOINT_URL", "")).hostname in _HERE:
        env.setdefault("AWS_DEFAULT_REGION", env.get("AWS_REGION") or REGION)
        if not _has_credentials(env):
            env.update(MADE_UP)


def _has_credentials(env: Mapping[str, str]) -> bool:
    return "AWS_PROFILE" in env or "AWS_ACCESS_KEY_ID" in env
