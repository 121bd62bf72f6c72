"""Access of AWS actions: which operations are allowed, and in whose role."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from chalicelib import errors
from chalicelib.actions.aws import service_models

_PROJECT = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
"""What may stand in the name of a role: nothing that leads to another path."""


_PLACE = "{project}"


_NO_SESSION = re.compile(r"[^A-Za-z0-9_+=,.@-]")


_SESSION = "meltemi-"


_LONGEST_SESSION = 64


class NoRights(errors.Forbidden):
    """There are no rights that the call could be made with."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role to assume."""

    arn: str
    external_id: str | None
    session: str
    """How the calls show in the trail of the account."""


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """How this service reaches AWS on behalf of its projects."""

    role: str | None = None
    """The role of a project: `{project}` stands for its id."""
    external_id: str | None = None
    """Said when a role is assumed; may hold `{project}`, too."""
    own_role: bool = False
    """Whether the rights of this process serve where there is no role."""
    region: str = "us-east-1"
    endpoint_url: str | None = None
    ours: frozenset[str] = frozenset()
    """Names of the tables, queues and the bucket of the service itself, which no action may name."""

    def role_of(self, project_id: str | None) -> Role | None:
        """The role to assume for a project, `None` for this process's own. Raises `NoRights`."""
        if self.role is None:
            if not self.own_role:
                raise NoRights("AWS actions have no role here: set AWS_ACTIONS_ROLE.")
            return None
        project = project_id or ""
        if _PLACE in self.role and not _PROJECT.fullmatch(project):
            raise NoRights(f"The id of the project, {project!r}, cannot be part of the name of a role.")
        external_id = None if self.external_id is None else self.external_id.replace(_PLACE, project)
        session = _SESSION + _NO_SESSION.sub("-", project)
        return Role(self.role.replace(_PLACE, project), external_id, session[:_LONGEST_SESSION])

    def check_names(self, name: str, texts: frozenset[str]) -> None:
        """Raise `Forbidden` if one of `texts`, an input of the action `name`, names something of the service's own."""
        for ours in self.ours:
            if any(_names(text, ours) for text in texts):
                raise errors.Forbidden(f"{name} may not touch what belongs to the service itself: {ours}")


NOT_ALLOWED = AwsAccess()
"""No call is allowed."""


def _names(text: str, ours: str) -> bool:
    """Whether `ours` stands in `text` as a whole name: in a URL, an ARN, a statement."""
    return re.search(rf"(?<![\w-]){re.escape(ours)}(?![\w-])", text) is not None


PREFIX = "aws."


@dataclass(frozen=True, slots=True)
class Allowed:
    """A service, and the patterns of the operations that are allowed."""

    service: str
    """As boto3 calls it: `cognito-idp`."""
    patterns: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """How the names of its actions begin: `aws.cognito_idp_`."""
        return f"{PREFIX}{self.service.replace('-', '_')}_"

    def allows(self, operation: str) -> bool:
        """Whether the operation is allowed: `StartInstances`."""
        return any(fnmatchcase(operation, pattern) for pattern in self.patterns)


def allowed(texts: Iterable[str]) -> tuple[Allowed, ...]:
    """What `ec2`, `lambda:Invoke*` … allow. Raises `ValueError` for a service that does not exist."""
    patterns: dict[str, list[str]] = {}
    for text in texts:
        service, _, pattern = text.partition(":")
        if not service_models.exists(service):
            meant = " or ".join(map(repr, service_models.alike(service)))
            raise ValueError(
                f"AWS_ACTIONS names a service that boto3 does not know: {service!r}"
                + (f"; did you mean {meant}?" if meant else "")
            )
        patterns.setdefault(service, []).append(pattern or "*")
    return tuple(Allowed(service, tuple(wanted)) for service, wanted in patterns.items())
