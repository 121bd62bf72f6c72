"""The part of `settings` that is about what the service tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.environment import address, fraction, switch, text


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
