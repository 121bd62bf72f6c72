"""Callers of several projects. A badge is a token that says by itself whose it is: `blue` or `blue:admin`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalice.test import HTTPResponse

from chalicelib.errors import Unauthorized
from chalicelib.ports.access import Identity
from tests.api.client import Api


class Badges:
    """Believes what badges say."""

    def identify(self, token: str) -> Identity:
        project, _, roles = token.partition(":")
        if project == "forged":
            raise Unauthorized("The token is not valid")
        return Identity(project, frozenset(roles.split(",")) - {""})


@dataclass(frozen=True)
class Tenants:
    """A client that shows badges."""

    api: Api

    def call(self, badge: str, method: str, path: str, body: object = None, **headers: str) -> HTTPResponse:
        """As `Api.call`."""
        return self.api.call(method, path, body, **{"x_auth_token": badge, **headers})

    def status(self, badge: str, method: str, path: str, body: object = None) -> int:
        """The status of the reply."""
        return self.call(badge, method, path, body).status_code

    def ok(self, badge: str, method: str, path: str, body: object = None) -> Any:
        """The decoded reply, which has to be a success."""
        return self.api.ok(method, path, body, x_auth_token=badge)

    def refused(self, badge: str, method: str, path: str, body: object = None) -> tuple[int, str]:
        """As `Api.refused`."""
        return self.api.refused(method, path, body, x_auth_token=badge)

    def workflow(self, badge: str, name: str, scope: str = "private", namespace: str = "") -> str:
        """Store a workflow; its id."""
        text = f"version: '2.0'\n{name}:\n  tasks:\n    t:\n      action: std.noop\n"
        made = self.ok(badge, "POST", f"/v2/workflows?scope={scope}&namespace={namespace}", text)
        identifier: str = made["workflows"][0]["id"]
        return identifier

    def share(self, badge: str, workflow_id: str, member: str, status: str = "accepted") -> None:
        """Share a workflow with a project, which says `status` to it."""
        path = f"/v2/workflows/{workflow_id}/members"
        self.ok(badge, "POST", path, {"member_id": member})
        if status != "pending":
            self.ok(member, "PUT", f"{path}/{member}", {"status": status})

    def names(self, badge: str, path: str) -> list[str]:
        """The names in a list, but for those that are built in."""
        found = self.ok(badge, "GET", path)
        (items,) = (value for key, value in found.items() if key != "next")
        return sorted(item["name"] for item in items if not item.get("is_system"))
