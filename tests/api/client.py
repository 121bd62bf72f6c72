"""A client of the API, and what is behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from chalice.test import Client, HTTPResponse

from chalicelib.service.definitions.workflows import Definitions
from tests.api.fakes import FakeExecutions, FakeRuns, SetClock
from tests.api.loose_bench import LooseBench


@dataclass
class Api:
    """A client of the API and what is behind it."""

    client: Client
    clock: SetClock
    definitions: Definitions
    runs: FakeRuns
    executions: FakeExecutions
    loose: LooseBench

    def call(self, method: str, path: str, body: object = None, **headers: str) -> HTTPResponse:
        """Send text as text, anything else as JSON; header names have underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, str):
            data = body.encode()
            sent.setdefault("content-type", "text/plain")
        else:
            data = b"" if body is None else json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        return self.client.http.request(method, path, {"host": "api.example", **sent}, data)

    def ok(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The decoded reply, which has to be a success."""
        reply = self.call(method, path, body, **headers)
        assert reply.status_code < 300, reply.body
        return reply.json_body

    def refused(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
        """Status and text of the reply, which has to be an error in the form of the API."""
        reply = self.call(method, path, body, **headers)
        fault = reply.json_body
        assert set(fault) == {"faultcode", "faultstring", "debuginfo"}, reply.body
        assert fault["faultcode"] == ("Client" if reply.status_code < 500 else "Server")
        return reply.status_code, fault["faultstring"]
