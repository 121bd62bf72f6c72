"""A small Keystone v3: users with a password and a project, and tokens that tell of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.providers.serving import Answer, Asked, serving


class Keystone:
    """Users: name to password, project and roles. Counts how often tokens were asked about."""

    def __init__(self, users: dict[str, tuple[str, str, list[str]]]) -> None:
        self.users = users
        self.tokens: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self.url = ""

    @contextmanager
    def running(self) -> Iterator[str]:
        """The service, at its URL with the version."""
        with serving(self.answer) as url:
            self.url = f"{url}/v3"
            yield self.url

    def answer(self, asked: Asked) -> Answer:
        """Versions, new tokens, and what a token says."""
        if asked.path.rstrip("/") == "/v3":
            version = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": f"{self.url}/"}]}
            return Answer(200, {"version": version})
        assert asked.path.startswith("/v3/auth/tokens")
        return self._made(json.loads(asked.body)) if asked.method == "POST" else self._told(asked)

    def _made(self, wanted: dict[str, Any]) -> Answer:
        user = wanted["auth"]["identity"]["password"]["user"]
        password, project, roles = self.users.get(user["name"], (None, "", []))
        if user["password"] != password:
            return Answer(401, {"error": {"code": 401, "message": "no", "title": "Unauthorized"}})
        token, now = uuid.uuid4().hex, datetime.now(UTC)
        self.tokens[token] = {
            "methods": ["password"],
            "user": {"id": f"id-{user['name']}", "name": user["name"], "domain": {"id": "default", "name": "Default"}},
            "project": {"id": project, "name": project, "domain": {"id": "default", "name": "Default"}},
            "roles": [{"id": role, "name": role} for role in roles],
            "issued_at": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "expires_at": (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "catalog": [],
        }
        return Answer(201, {"token": self.tokens[token]}, {"X-Subject-Token": token})

    def _told(self, asked: Asked) -> Answer:
        self.asked += 1
        if asked.headers.get("x-auth-token") not in self.tokens:
            return Answer(401, {"error": {"code": 401}})
        found = self.tokens.get(asked.headers.get("x-subject-token", ""))
        return Answer(200, {"token": found}) if found else Answer(404, {"error": {"code": 404}})
