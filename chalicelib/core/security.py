"""Who an execution runs for, as expressions see it: `$.openstack`, Mistral's security context (engine rules §2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.jsontext import Json, JsonDict

VARIABLE = "openstack"

HIDDEN = "***"
"""Stands for what expressions may not see, and what is never kept."""

_UNKNOWN: dict[str, Json] = {
    "auth_uri": None,
    "expires_at": None,
    "region_name": None,
    "trust_id": None,
    "is_trust_scoped": False,
    "is_target": False,
    "redelivered": False,
}
"""Members of Mistral's context that say nothing here."""


@dataclass(frozen=True, slots=True)
class SecurityContext:
    """Who asked for an execution. Holds no secrets."""

    user_id: str | None = None
    user_name: str | None = None
    project_name: str | None = None
    roles: tuple[str, ...] = ()
    is_admin: bool = False

    def shown(self, project_id: str) -> JsonDict:
        """The variable, for an execution of this project."""
        return {
            "project_id": project_id,
            "project_name": self.project_name or project_id,
            "user_id": self.user_id,
            "user_name": self.user_name,
            "roles": [*self.roles],
            "is_admin": self.is_admin,
            "auth_token": HIDDEN,
            "service_catalog": HIDDEN,
            **_UNKNOWN,
        }

    def plain(self) -> JsonDict:
        """As it is stored: short, as it is in the row of every execution that somebody known asked for."""
        whole: JsonDict = {
            "u": self.user_id,
            "n": self.user_name,
            "p": self.project_name,
            "r": [*self.roles],
            "a": self.is_admin,
        }
        return {name: value for name, value in whole.items() if value}

    @classmethod
    def of(cls, plain: Json) -> SecurityContext | None:
        """As it was stored, if it was."""
        if not isinstance(plain, dict):
            return None
        roles = plain.get("r")
        return cls(
            _text(plain.get("u")),
            _text(plain.get("n")),
            _text(plain.get("p")),
            tuple(map(str, roles)) if isinstance(roles, list) else (),
            bool(plain.get("a")),
        )


def _text(plain: Json) -> str | None:
    return plain if isinstance(plain, str) else None
