"""Which operations of which services are actions: what the setting `AWS_ACTIONS` says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from chalicelib.actions.aws import models

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
        if not models.exists(service):
            meant = " or ".join(map(repr, models.alike(service)))
            raise ValueError(
                f"AWS_ACTIONS names a service that boto3 does not know: {service!r}"
                + (f"; did you mean {meant}?" if meant else "")
            )
        patterns.setdefault(service, []).append(pattern or "*")
    return tuple(Allowed(service, tuple(wanted)) for service, wanted in patterns.items())
