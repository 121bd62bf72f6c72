"""The part of `settings` that is about callers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.environment import listed, number, safe_url, switch, text

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
