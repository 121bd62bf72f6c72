"""The part of `settings` that is about AWS actions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.environment import listed, switch

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
