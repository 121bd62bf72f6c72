"""What a local run can be told by environment variables, besides the settings of the service itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.settings.parsing import listed

ROLES = ("api", "step", "executor", "tick")
PREFIX = "meltemi"


@dataclass(frozen=True, slots=True)
class Options:
    """`endpoint_url` is None when the run shall bring its own emulator."""

    port: int
    roles: frozenset[str]
    endpoint_url: str | None
    prefix: str
    workers: tuple[str, ...] = ()
    """Targets that shall have a queue for external workers."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Options:
        """Parse `env`. Raises `ValueError` saying what cannot be understood."""
        return cls(
            port=_port(env.get("PORT") or "8989"),
            roles=_roles(env.get("ROLES") or ",".join(ROLES)),
            endpoint_url=env.get("AWS_ENDPOINT_URL") or None,
            prefix=env.get("STACK_PREFIX") or PREFIX,
            workers=tuple(listed(env, "WORKERS")),
        )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise ValueError(f"PORT must be a port number (0: any free one), not {text!r}")
    return int(text)


def _roles(text: str) -> frozenset[str]:
    roles = frozenset(role.strip() for role in text.split(",") if role.strip())
    unknown = sorted(roles.difference(ROLES))
    if unknown or not roles:
        raise ValueError(f"ROLES must be some of {','.join(ROLES)}, not {text!r}")
    return roles
