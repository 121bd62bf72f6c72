"""Every environment variable the service reads, typed, parsed once. `docs/reference/settings.md` lists them all.

Nothing else in `chalicelib` looks at the environment; `wiring` calls `Settings.from_env(os.environ)` and passes
values on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_ORIGIN = re.compile(r"https?://[^/\s]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one deployment (or one local run) may differ in. Queues are given by name or by URL."""

    runs_table: str
    definitions_table: str
    events_queue: str
    actions_queue: str
    timers_queue: str
    blobs_bucket: str
    region: str
    endpoint_url: str | None
    field_size_limit: int
    """Largest field of an execution, in bytes of its JSON text."""
    max_page: int
    http_allow_loopback: bool
    """Whether actions may call this machine itself; only for local runs."""
    egress_denied_cidrs: tuple[str, ...]
    """Networks that actions may not call, besides those that they never may."""
    egress_allowed_hosts: tuple[str, ...]
    """The only hosts that actions may call; none: all."""
    allow_action_execution_deletion: bool
    """Whether action executions that belong to no task execution may be deleted."""
    tick_seconds: int
    cors_origins: frozenset[str]
    """Origins whose pages may call the API; `*` is any."""
    access_log: bool
    """Whether each request leaves a line in the log."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Parse `env`. Raises `ValueError` naming the variable that cannot be understood."""
        return cls(
            runs_table=_text(env, "RUNS_TABLE", "meltemi-runs"),
            definitions_table=_text(env, "DEFINITIONS_TABLE", "meltemi-definitions"),
            events_queue=_text(env, "EVENTS_QUEUE", "meltemi-events.fifo"),
            actions_queue=_text(env, "ACTIONS_QUEUE", "meltemi-actions"),
            timers_queue=_text(env, "TIMERS_QUEUE", "meltemi-timers"),
            blobs_bucket=_text(env, "BLOBS_BUCKET", "meltemi-blobs"),
            region=_text(env, "AWS_REGION", _text(env, "AWS_DEFAULT_REGION", "us-east-1")),
            endpoint_url=env.get("AWS_ENDPOINT_URL") or None,
            field_size_limit=_number(env, "FIELD_SIZE_LIMIT_KB", 1024) * 1024,
            max_page=_number(env, "MAX_PAGE", 1000),
            http_allow_loopback=_switch(env, "HTTP_ALLOW_LOOPBACK", False),
            egress_denied_cidrs=_networks(env, "EGRESS_DENIED_CIDRS"),
            egress_allowed_hosts=_list(env, "EGRESS_ALLOWED_HOSTS"),
            allow_action_execution_deletion=_switch(env, "ALLOW_ACTION_EXECUTION_DELETION", False),
            tick_seconds=_number(env, "TICK_SECONDS", 60),
            cors_origins=_origins(env, "CORS_ORIGINS"),
            access_log=_switch(env, "ACCESS_LOG", True),
        )


def _text(env: Mapping[str, str], name: str, default: str) -> str:
    return env.get(name) or default


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"{name} must be a whole number above 0, not {text!r}")
    return int(text)


def _origins(env: Mapping[str, str], name: str) -> frozenset[str]:
    origins = frozenset(_list(env, name))
    wrong = sorted(origin for origin in origins if origin != "*" and not _ORIGIN.fullmatch(origin))
    if wrong:
        raise ValueError(f"{name} must hold origins such as https://app.example, or *, not {wrong[0]!r}")
    return origins


def _list(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _networks(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    networks = _list(env, name)
    try:
        for network in networks:
            ip_network(network, strict=False)
    except ValueError:
        raise ValueError(
            f"{name} must be networks like 10.0.0.0/8, with commas between them, not {network!r}"
        ) from None
    return networks


def _switch(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = (env.get(name) or str(default)).lower()
    if text not in _YES | _NO:
        raise ValueError(f"{name} must be true or false, not {text!r}")
    return text in _YES
