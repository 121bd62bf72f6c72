"""Settings by subject: access, AWS actions, observability, workers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.settings.parsing import address, fraction, listed, number, safe_url, switch, text

AUTH_MODES = ("none", "token", "oidc", "keystone")


@dataclass(frozen=True, slots=True)
class Access:
    """How callers are told, and what they may do."""

    mode: str
    """One of `AUTH_MODES`."""
    anonymous_roles: tuple[str, ...]
    """Where nobody is checked: the roles of a caller that claims none."""
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
            anonymous_roles=listed(env, "ANONYMOUS_ROLES"),
            policy_file=env.get("POLICY_FILE") or None,
            oidc_issuers=tuple(safe_url("OIDC_ISSUER", url) for url in listed(env, "OIDC_ISSUER")),
            oidc_audiences=listed(env, "OIDC_AUDIENCE"),
            oidc_project_claim=env.get("OIDC_PROJECT_CLAIM") or None,
            oidc_roles_claim=text(env, "OIDC_ROLES_CLAIM", "realm_access.roles"),
            keystone_url=safe_url("KEYSTONE_URL", env.get("KEYSTONE_URL") or "").rstrip("/"),
            cache_seconds=number(env, "IDENTITY_CACHE_SECONDS", 60),
        )


_NEEDED = {"oidc": ("OIDC_ISSUER", "OIDC_AUDIENCE"), "keystone": ("KEYSTONE_URL",)}


def _mode(env: Mapping[str, str]) -> str:
    """The mode; on AWS it has to be said, and that nobody is checked has to be said twice."""
    deployed, open_to_all = bool(env.get("AWS_LAMBDA_FUNCTION_NAME")), switch(env, "ALLOW_NO_AUTH", False)
    mode = env.get("AUTH_MODE") or ("" if deployed else "none")
    if mode not in AUTH_MODES:
        raise ValueError(f"AUTH_MODE must be one of {', '.join(AUTH_MODES)}, not {mode!r}")
    if mode == "none" and deployed and not open_to_all:
        raise ValueError("AUTH_MODE is none, so anybody could do anything: set ALLOW_NO_AUTH=true too if that is meant")
    for name in _NEEDED.get(mode, ()):
        if not env.get(name):
            raise ValueError(f"{name} must be set when AUTH_MODE is {mode}")
    return mode


_ACTIONS = re.compile(r"[a-z0-9-]+(:[A-Za-z0-9*?]+)?")


_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/{}-]+")


@dataclass(frozen=True, slots=True)
class Aws:
    """The AWS actions: which there are, and with whose rights they run."""

    actions: tuple[str, ...] = ()
    """A service each, perhaps with a pattern of its operations: `ec2`, `lambda:Invoke*`."""
    role: str | None = None
    """The role to assume for a project; `{project}` stands for its id."""
    external_id: str | None = None
    own_role: bool = False
    """Whether they may run with the rights of the service itself where there is no role."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Aws:
        """Parse `env`. Raises `ValueError` naming the variable that cannot be understood."""
        return cls(
            actions=listed(env, "AWS_ACTIONS"),
            role=env.get("AWS_ACTIONS_ROLE") or None,
            external_id=env.get("AWS_ACTIONS_EXTERNAL_ID") or None,
            own_role=switch(env, "AWS_ACTIONS_OWN_ROLE", False),
        )

    def __post_init__(self) -> None:
        """Raises `ValueError` naming the variable that cannot be understood."""
        wrong = [text for text in self.actions if not _ACTIONS.fullmatch(text)]
        if wrong:
            raise ValueError(f"AWS_ACTIONS must hold services such as ec2, or lambda:Invoke*, not {wrong[0]!r}")
        if self.role is not None and not _ROLE.fullmatch(self.role):
            raise ValueError("AWS_ACTIONS_ROLE must be like arn:aws:iam::123456789012:role/meltemi-{project}")


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
            stack=text(env, "STACK_PREFIX", "meltemi"),
            metrics=switch(env, "METRICS", True),
            access_log=switch(env, "ACCESS_LOG", True),
            log_json=style == "json",
            log_sample=fraction(env, "LOG_SAMPLE", "0.1"),
            trace_sample=fraction(env, "TRACE_SAMPLE", "0"),
            trace_daemon=address(env, "AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"),
        )


SHORTEST_KEY = 32


_QUEUE_PREFIX = re.compile(r"[A-Za-z0-9_-]+(\{project\}-[A-Za-z0-9_-]*)?")


@dataclass(frozen=True, slots=True)
class Workers:
    """How external workers are reached, and how they answer."""

    prefix: str
    """What the names of their queues begin with; empty: there are none."""
    results_queue: str
    keys: tuple[str, ...] = field(repr=False)
    """Of reply tokens: the first one signs."""
    heartbeat: int
    """Seconds within which a worker that has claimed an action has to be heard of."""
    claim: int
    """Seconds within which a worker has to claim an action; 0: at any time, or never."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Workers:
        """Parse `env`. Raises `ValueError` naming the variable that cannot be understood or lacks another."""
        found = cls(
            prefix=env.get("TARGET_QUEUE_PREFIX", ""),
            results_queue=text(env, "RESULTS_QUEUE", "meltemi-results"),
            keys=listed(env, "RESULTS_KEY"),
            heartbeat=number(env, "WORKER_HEARTBEAT_SECONDS", 60),
            claim=number(env, "WORKER_CLAIM_SECONDS", 0, least=0),
        )
        if not found.prefix:
            return found
        if not _QUEUE_PREFIX.fullmatch(found.prefix):
            raise ValueError(
                "TARGET_QUEUE_PREFIX must consist of letters, digits, '-' and '_', and may hold {project} with a '-' "
                f"after it, not {found.prefix!r}"
            )
        if not found.keys or min(map(len, found.keys)) < SHORTEST_KEY:
            raise ValueError(
                f"TARGET_QUEUE_PREFIX needs RESULTS_KEY: secrets of at least {SHORTEST_KEY} characters, with commas "
                "between them"
            )
        return found

    def check_apart(self, queues: Iterable[str]) -> None:
        """Raise `ValueError` if a target could lead to one of `queues`, which are our own."""
        start = self.prefix.partition("{project}")[0]
        own = [queue.rpartition("/")[2] for queue in queues]
        met = [name for name in own if self.prefix and name.startswith(start)]
        if met:
            raise ValueError(f"TARGET_QUEUE_PREFIX must not be what the name of the queue {met[0]} begins with")
