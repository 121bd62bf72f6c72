"""Every environment variable the service reads, typed, parsed once. `docs/reference/settings.md` lists them all.

Nothing else in `chalicelib` looks at the environment; `wiring` calls `Settings.from_env(os.environ)` and passes
values on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.settings.parsing import json_object, listed, networks, number, objects, origins, safe_url, switch, text
from chalicelib.settings.sections import Access, Aws, Watching, Workers

VALIDATION_MODES = ("mandatory", "enabled", "disabled")
OVER = frozenset({"SUCCESS", "ERROR", "CANCELLED"})

_NOTIFY_TARGET = re.compile(r"[^{}]*|(?:[^{}]*:)?[^:*{}]*\{project\}(?![\w*])[^{}]*")


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
            interval=number(env, prefix + "EVALUATION_INTERVAL", 0, least=0),
            older_than=number(env, prefix + "OLDER_THAN", 0, least=0),
            max_finished=number(env, prefix + "MAX_FINISHED_EXECUTIONS", 0, least=0),
            ignored_states=listed(env, prefix + "IGNORED_STATES"),
        )
        wrong = sorted(set(found.ignored_states) - OVER)
        if wrong:
            raise ValueError(f"{prefix}IGNORED_STATES may hold {', '.join(sorted(OVER))}, not {wrong[0]!r}")
        if found.interval and not (found.older_than or found.max_finished):
            raise ValueError(f"{prefix}EVALUATION_INTERVAL needs {prefix}OLDER_THAN or {prefix}MAX_FINISHED_EXECUTIONS")
        return found


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
    deployed: bool
    """Whether this is a Lambda function."""
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
    validation_mode: str
    """One of `VALIDATION_MODES`: whether uploads are validated always, unless they ask not to be, or never."""
    healthcheck: bool
    """Whether `/healthcheck` answers."""
    access: Access
    expiry: Expiry
    watching: Watching
    workers: Workers
    aws: Aws
    sandbox_function: str | None
    """The function in which code of users runs; `None`: a sealed process of this machine."""
    sandbox_unsealed: bool
    """Whether code may run there even if its process cannot be sealed."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Parse `env`. Raises `ValueError` naming the variable that cannot be understood."""
        found = cls(
            runs_table=text(env, "RUNS_TABLE", "meltemi-runs"),
            definitions_table=text(env, "DEFINITIONS_TABLE", "meltemi-definitions"),
            events_queue=text(env, "EVENTS_QUEUE", "meltemi-events.fifo"),
            actions_queue=text(env, "ACTIONS_QUEUE", "meltemi-actions"),
            timers_queue=text(env, "TIMERS_QUEUE", "meltemi-timers"),
            notifications_queue=text(env, "NOTIFICATIONS_QUEUE", "meltemi-notifications.fifo"),
            incoming_queue=text(env, "INCOMING_QUEUE", "meltemi-incoming"),
            blobs_bucket=text(env, "BLOBS_BUCKET", "meltemi-blobs"),
            region=text(env, "AWS_REGION", text(env, "AWS_DEFAULT_REGION", "us-east-1")),
            deployed=bool(env.get("AWS_LAMBDA_FUNCTION_NAME")),
            endpoint_url=env.get("AWS_ENDPOINT_URL") or None,
            field_size_limit=number(env, "FIELD_SIZE_LIMIT_KB", 1024) * 1024,
            max_page=number(env, "MAX_PAGE", 1000),
            http_allow_loopback=switch(env, "HTTP_ALLOW_LOOPBACK", False),
            egress_denied_cidrs=networks(env, "EGRESS_DENIED_CIDRS"),
            egress_allowed_hosts=listed(env, "EGRESS_ALLOWED_HOSTS"),
            allow_action_execution_deletion=switch(env, "ALLOW_ACTION_EXECUTION_DELETION", False),
            tick_seconds=number(env, "TICK_SECONDS", 60),
            public_url=safe_url("PUBLIC_URL", env.get("PUBLIC_URL") or "").rstrip("/"),
            event_project=env.get("EVENT_PROJECT") or None,
            notify=objects(env, "NOTIFY"),
            notify_targets=_notify_targets(env),
            cors_origins=origins(env, "CORS_ORIGINS"),
            info=json_object(env, "INFO"),
            validation_mode=_validation(env),
            healthcheck=switch(env, "HEALTHCHECK", False),
            access=Access.from_env(env),
            expiry=Expiry.from_env(env),
            watching=Watching.from_env(env),
            workers=Workers.from_env(env),
            aws=Aws.from_env(env),
            sandbox_function=env.get("SANDBOX_FUNCTION") or None,
            sandbox_unsealed=switch(env, "SANDBOX_UNSEALED", False),
        )
        found.workers.check_apart(found.resource_names())
        return found

    def queues(self) -> dict[str, str]:
        """The queues that have dead letters, each by its short name."""
        return {
            "events": self.events_queue,
            "actions": self.actions_queue,
            "timers": self.timers_queue,
            "notifications": self.notifications_queue,
            "incoming": self.incoming_queue,
            "results": self.workers.results_queue,
        }

    def resource_names(self) -> frozenset[str]:
        """The names of the tables, queues (those of dead letters, too) and the bucket of the service itself."""
        names = [queue.rpartition("/")[2] for queue in self.queues().values()]
        dead = (name.removesuffix(".fifo") + "-dead" + ".fifo" * name.endswith(".fifo") for name in names)
        return frozenset({self.runs_table, self.definitions_table, self.blobs_bucket, *names, *dead})


def _validation(env: Mapping[str, str]) -> str:
    mode = text(env, "VALIDATION_MODE", VALIDATION_MODES[0])
    if mode not in VALIDATION_MODES:
        raise ValueError(f"VALIDATION_MODE must be one of {', '.join(VALIDATION_MODES)}, not {mode!r}")
    return mode


def _notify_targets(env: Mapping[str, str]) -> tuple[str, ...]:
    """ARNs, none of which leads from one project to what is another's."""
    given = listed(env, "NOTIFY_TARGETS")
    wrong = [arn for arn in given if not _NOTIFY_TARGET.fullmatch(arn)]
    if wrong:
        raise ValueError(
            "NOTIFY_TARGETS must hold ARNs in which {project} stands behind no '*' in its part, and before none, nor "
            f"before letters, digits or '_', not {wrong[0]!r}"
        )
    return given
