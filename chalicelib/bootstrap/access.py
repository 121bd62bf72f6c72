"""Builds what tells callers and what they may do, as the settings say. Libraries of modes that are off stay unread."""

from __future__ import annotations

from pathlib import Path

import yaml

from chalicelib.ports.access import Verifier
from chalicelib.ports.clock import Clock
from chalicelib.service.access.api_tokens import Tokens
from chalicelib.service.access.authentication import Identities, Remembered
from chalicelib.service.access.authorization import Policy
from chalicelib.service.access.caller import DEFAULT_PROJECT
from chalicelib.settings.sections import Access


def identities(access: Access, tokens: Tokens, clock: Clock) -> Identities:
    """Who asks."""
    return Identities(verifier(access, tokens, clock), frozenset(access.anonymous_roles))


def policy(access: Access) -> Policy:
    """Who may do what. Raises `ValueError` naming the file and what is wrong with it."""
    if access.policy_file is None:
        return Policy()
    try:
        found = yaml.safe_load(Path(access.policy_file).read_text())
        if not isinstance(found, dict):
            raise ValueError("it is no mapping of operations to rules")
        return Policy({str(name): str(rule) for name, rule in found.items()})
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise ValueError(f"POLICY_FILE {access.policy_file}: {error}") from error


def event_owner(access: Access, project_id: str | None) -> str | None:
    """The project whose events are that name none (none has an empty id); `None`: they are everybody's."""
    if project_id == "*":
        return None
    return project_id or (DEFAULT_PROJECT if access.mode == "none" else "")


def verifier(access: Access, tokens: Tokens, clock: Clock) -> Verifier | None:
    """Who vouches for tokens; nobody where callers are not known."""
    if access.mode == "token":
        return tokens
    if access.mode == "oidc":
        from chalicelib.adapters.identity.oidc import Claims, OidcTokens

        claims = Claims(access.oidc_project_claim, access.oidc_roles_claim)
        return OidcTokens(access.oidc_issuers, access.oidc_audiences, claims, clock)
    if access.mode == "keystone":
        from chalicelib.adapters.identity.keystone import KeystoneTokens

        return Remembered(KeystoneTokens(access.keystone_url), clock, access.cache_seconds)
    return None
