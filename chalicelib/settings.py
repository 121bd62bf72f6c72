"""Every environment variable the service reads, typed, parsed once. `docs/reference/settings.md` lists them all.

Nothing else in `chalicelib` looks at the environment; `wiring` calls `Settings.from_env(os.environ)` and passes
values on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from chalicelib.settings_aws import Aws
from chalicelib.settings_words import address, fraction, listed, networks, objects, origins

AUTH_MODES = ("none", "token", "oidc", "keystone")
OVER = frozenset({"SUCCESS", "ERROR", "CANCELLED"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Access:
    """How callers are told, and what they may do."""

    mode: str
    """One of `AUTH_MODES`."""
    policy_file: str | None
    oidc_issuers: tuple[str, ...]
    oidc_audiences: tuple[str, ...]
    oidc_project_claim: str | None
    """`None`: the realm at the end of the issuer."""
    oidc_roles_claim: str
    keystone_url: str
    cache_seconds: int
    """How long the answer of Keystone holds."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Access:
        """Parse `env`. Raises `ValueError` naming the variable that is wrong or missing."""
        return cls(
            mode=_mode(env),
            policy_file=env.get("POLICY_FILE") or None,
            oidc_issuers=tuple(_safe("OIDC_ISSUER", url) for url in listed(env, "OIDC_ISSUER")),
            oidc_audiences=listed(env, "OIDC_AUDIENCE"),
            oidc_project_claim=env.get("OIDC_PROJECT_CLAIM") or None,
            oidc_roles_claim=_text(env, "OIDC_ROLES_CLAIM", "realm_access.roles"),
            keystone_url=_safe("KEYSTONE_URL", env.get("KEYSTONE_URL") or "").rstrip("/"),
            cache_seconds=_number(env, "IDENTITY_CACHE_SECONDS", 60),
        )


@dataclass(frozen=True, slots=True)
class Expiry:
    """Which executions are removed by themselves, and how often that is looked at (in minutes); none if it is 0."""

    interval: int
    older_than: int
    """Minutes since the last change; 0: however old."""
    max_finished: int
    """How many that are over a project may keep; 0: all."""
    ignored_states: tuple[str, ...]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Expiry:
        """Parse `env`. Raises `ValueError` naming the variable that cannot be understood or lacks another."""
        prefix = "EXPIRATION_"
        found = cls(
            interval=_number(env, prefix + "EVALUATION_INTERVAL", 0, least=0),
            older_than=_number(env, prefix + "OLDER_THAN", 0, least=0),
            max_finished=_number(env, prefix + "MAX_FINISHED_EXECUTIONS", 0, least=0),
            ignored_states=listed(env, prefix + "IGNORED_STATES"),
        )
        wrong = sorted(set(found.ignored_states) - OVER)
        if wrong:
            raise ValueError(f"{prefix}IGNORED_STATES may hold {', '.join(sorted(OVER))}, not {wrong[0]!r}")
        if found.interval and not (found.older_than or found.max_finished):
            raise ValueError(f"{prefix}EVALUATION_INTERVAL needs {prefix}OLDER_THAN or {prefix}MAX_FINISHED_EXECUTIONS")
        return found


@dataclass(frozen=True, slots=True)
class Watching:
    """What the service tells about itself."""

    stack: str
    metrics: bool
    """Whether each call of a function leaves a line of metrics in the log."""
    access_log: bool
    """Whether each request leaves a line in the log."""
    log_json: bool
    log_sample: float
    """Of how many executions every message leaves a line in the log: 0 to 1."""
    trace_sample: float
    """How many executions are traced: 0 to 1."""
    trace_daemon: str
    """Where segments are sent to: host and port."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Watching:
        """Parse `env`. Raises `ValueError` naming the variable that cannot be understood."""
        style = env.get("LOG_FORMAT") or "json"
        if style not in ("json", "text"):
            raise ValueError(f"LOG_FORMAT must be json or text, not {style!r}")
        return cls(
            stack=_text(env, "STACK_PREFIX", "meltemi"),
            metrics=_switch(env, "METRICS", True),
            access_log=_switch(env, "ACCESS_LOG", True),
            log_json=style == "json",
            log_sample=fraction(env, "LOG_SAMPLE", "0.1"),
            trace_sample=fraction(env, "TRACE_SAMPLE", "0"),
            trace_daemon=address(env, "AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"),
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """What one deployment (or one local run) may differ in. Queues are given by name or by URL."""

    runs_table: str
    definitions_table: str
    events_queue: str
    actions_queue: str
    timers_queue: str
    notifications_queue: str
    incoming_queue: str
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
    public_url: str
    """Where the API is to be found by those who get links; empty: links are paths."""
    event_project: str | None
    """Whose events are that name no project; `None`: only public triggers hear of them."""
    notify: tuple[dict[str, Any], ...]
    """Listeners that hear of every execution, as entries of `notify`."""
    notify_targets: tuple[str, ...]
    """ARNs of queues, topics and buses that executions may name as listeners."""
    cors_origins: frozenset[str]
    """Origins whose pages may call the API; `*` is any."""
    info: dict[str, Any] | None
    """What `/info` answers; `None`: it is switched off."""
    healthcheck: bool
    """Whether `/healthcheck` answers."""
    access: Access
    expiry: Expiry
    watching: Watching
    aws: Aws
    sandbox_function: str | None
    """The function in which code of users runs; `None`: a sealed process of this machine."""
    sandbox_unsealed: bool
    """Whether code may run there even if its process cannot be sealed."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Parse `env`. Raises `ValueError` naming the variable that cannot be understood."""
        return cls(
            runs_table=_text(env, "RUNS_TABLE", "meltemi-runs"),
            definitions_table=_text(env, "DEFINITIONS_TABLE", "meltemi-definitions"),
            events_queue=_text(env, "EVENTS_QUEUE", "meltemi-events.fifo"),
            actions_queue=_text(env, "ACTIONS_QUEUE", "meltemi-actions"),
            timers_queue=_text(env, "TIMERS_QUEUE", "meltemi-timers"),
            notifications_queue=_text(env, "NOTIFICATIONS_QUEUE", "meltemi-notifications.fifo"),
            incoming_queue=_text(env, "INCOMING_QUEUE", "meltemi-incoming"),
            blobs_bucket=_text(env, "BLOBS_BUCKET", "meltemi-blobs"),
            region=_text(env, "AWS_REGION", _text(env, "AWS_DEFAULT_REGION", "us-east-1")),
            endpoint_url=env.get("AWS_ENDPOINT_URL") or None,
            field_size_limit=_number(env, "FIELD_SIZE_LIMIT_KB", 1024) * 1024,
            max_page=_number(env, "MAX_PAGE", 1000),
            http_allow_loopback=_switch(env, "HTTP_ALLOW_LOOPBACK", False),
            egress_denied_cidrs=networks(env, "EGRESS_DENIED_CIDRS"),
            egress_allowed_hosts=listed(env, "EGRESS_ALLOWED_HOSTS"),
            allow_action_execution_deletion=_switch(env, "ALLOW_ACTION_EXECUTION_DELETION", False),
            tick_seconds=_number(env, "TICK_SECONDS", 60),
            public_url=_safe("PUBLIC_URL", env.get("PUBLIC_URL") or "").rstrip("/"),
            event_project=env.get("EVENT_PROJECT") or None,
            notify=objects(env, "NOTIFY"),
            notify_targets=listed(env, "NOTIFY_TARGETS"),
            cors_origins=origins(env, "CORS_ORIGINS"),
            info=_object(env, "INFO"),
            healthcheck=_switch(env, "HEALTHCHECK", False),
            access=Access.from_env(env),
            expiry=Expiry.from_env(env),
            watching=Watching.from_env(env),
            aws=Aws(
                actions=listed(env, "AWS_ACTIONS"),
                role=env.get("AWS_ACTIONS_ROLE") or None,
                external_id=env.get("AWS_ACTIONS_EXTERNAL_ID") or None,
                own_role=_switch(env, "AWS_ACTIONS_OWN_ROLE", False),
            ),
            sandbox_function=env.get("SANDBOX_FUNCTION") or None,
            sandbox_unsealed=_switch(env, "SANDBOX_UNSEALED", False),
        )

    def resource_names(self) -> frozenset[str]:
        """The names of the tables, queues (those of dead letters, too) and the bucket of the service itself."""
        queues = (
            self.events_queue,
            self.actions_queue,
            self.timers_queue,
            self.notifications_queue,
            self.incoming_queue,
        )
        names = [queue.rpartition("/")[2] for queue in queues]
        dead = (name.removesuffix(".fifo") + "-dead" + ".fifo" * name.endswith(".fifo") for name in names)
        return frozenset({self.runs_table, self.definitions_table, self.blobs_bucket, *names, *dead})


def _text(env: Mapping[str, str], name: str, default: str) -> str:
    return env.get(name) or default


def _number(env: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise ValueError(f"{name} must be a whole number, {least} or more, not {text!r}")
    return int(text)


def _object(env: Mapping[str, str], name: str) -> dict[str, Any] | None:
    if not env.get(name):
        return None
    try:
        found = json.loads(env[name])
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{name} must be a JSON object")
    return found


def _switch(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = (env.get(name) or str(default)).lower()
    if text not in _YES | _NO:
        raise ValueError(f"{name} must be true or false, not {text!r}")
    return text in _YES


_NEEDED = {"oidc": ("OIDC_ISSUER", "OIDC_AUDIENCE"), "keystone": ("KEYSTONE_URL",)}


def _mode(env: Mapping[str, str]) -> str:
    """The mode; on AWS it has to be said, and that nobody is checked has to be said twice."""
    deployed, open_to_all = bool(env.get("AWS_LAMBDA_FUNCTION_NAME")), _switch(env, "ALLOW_NO_AUTH", False)
    mode = env.get("AUTH_MODE") or ("" if deployed else "none")
    if mode not in AUTH_MODES:
        raise ValueError(f"AUTH_MODE must be one of {', '.join(AUTH_MODES)}, not {mode!r}")
    if mode == "none" and deployed and not open_to_all:
        raise ValueError("AUTH_MODE is none, so anybody could do anything: set ALLOW_NO_AUTH=true too if that is meant")
    for name in _NEEDED.get(mode, ()):
        if not env.get(name):
            raise ValueError(f"{name} must be set when AUTH_MODE is {mode}")
    return mode


def _safe(name: str, url: str) -> str:
    """A URL that tokens and keys may travel to and from."""
    parts = urlsplit(url)
    if url and not (parts.hostname and (parts.scheme == "https" or parts.hostname in LOOPBACK)):
        raise ValueError(f"{name} must begin with https:// (http:// only on this machine), not {url!r}")
    return url
