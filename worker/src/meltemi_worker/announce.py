"""Tells a service what a worker offers: each action is stored as a definition, as `mistral action-create` would."""

from __future__ import annotations

import requests

from meltemi_worker.actions import Worker
from meltemi_worker.logs import log

SECONDS = 30


class NotAnnounced(Exception):
    """The service did not take the definitions, or did not answer; the text says which and why."""


def announce(worker: Worker, api: str, token: str | None, session: requests.Session | None = None) -> None:
    """Store the definitions of a worker's actions, or renew them, once the service finds all of them valid.

    Raises `NotAnnounced`; nothing is stored if one is invalid, or if the service does not answer.
    """
    service = _Service(api, token, session or requests.Session())
    try:
        definitions = {name: worker.definition(name) for name in worker.actions}
    except TypeError as error:
        raise NotAnnounced(str(error)) from None
    for name, text in definitions.items():
        service.check(name, text)
    for name, text in definitions.items():
        service.store(name, text)
        log.info("announced", extra={"ids": {"action": name}})


class _Service:
    """The part of the API that takes definitions."""

    def __init__(self, api: str, token: str | None, session: requests.Session) -> None:
        self._api = api.rstrip("/").removesuffix("/v2")
        self._session = session
        self._headers = {"Content-Type": "text/plain", **({"X-Auth-Token": token} if token else {})}

    def check(self, name: str, text: str) -> None:
        """Have a definition validated."""
        verdict = self._accepted(name, self._send("POST", "actions/validate", text))
        if not verdict.get("valid"):
            raise NotAnnounced(f"Action {name} has an invalid definition: {verdict.get('error')}")

    def store(self, name: str, text: str) -> None:
        """Store a definition, or renew it."""
        reply = self._send("PUT", "actions", text)
        if reply.status_code == 404:
            reply = self._send("POST", "actions", text)
        if reply.status_code == 409:  # another worker was quicker
            reply = self._send("PUT", "actions", text)
        self._accepted(name, reply)

    def _send(self, method: str, path: str, text: str) -> requests.Response:
        url = f"{self._api}/v2/{path}"
        try:
            return self._session.request(method, url, data=text.encode(), headers=self._headers, timeout=SECONDS)
        except requests.RequestException as error:
            raise NotAnnounced(f"The API at {self._api} did not answer: {type(error).__name__}") from None

    def _accepted(self, name: str, reply: requests.Response) -> dict[str, object]:
        """What an accepting reply says."""
        if not reply.ok:
            cure = " (a token is needed: MELTEMI_TOKEN)" if reply.status_code == 401 else ""
            raise NotAnnounced(f"Action {name} was not accepted: {reply.status_code} {reply.text[:300]}{cure}")
        try:
            said = reply.json()
        except ValueError:
            raise NotAnnounced(f"{self._api} does not answer as the API does; --api is https://…/v2") from None
        return said if isinstance(said, dict) else {}
