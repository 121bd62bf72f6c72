"""Tells a service what a worker offers: each action is stored as a definition, as `mistral action-create` would."""

from __future__ import annotations

import requests

from meltemi_worker.actions import Worker
from meltemi_worker.logs import log


def announce(worker: Worker, api: str, token: str | None, session: requests.Session | None = None) -> None:
    """Store the definitions of a worker's actions, or renew them. Raises `requests.RequestException`."""
    session = session or requests.Session()
    headers = {"Content-Type": "text/plain", **({"X-Auth-Token": token} if token else {})}
    for name in worker.actions:
        data = worker.definition(name).encode()
        reply = session.put(f"{api.rstrip('/')}/actions", data=data, headers=headers, timeout=30)
        if reply.status_code == 404:
            reply = session.post(f"{api.rstrip('/')}/actions", data=data, headers=headers, timeout=30)
        if reply.status_code == 409:  # another worker was quicker
            reply = session.put(f"{api.rstrip('/')}/actions", data=data, headers=headers, timeout=30)
        if not reply.ok:
            raise requests.HTTPError(f"Action {name} was not accepted: {reply.status_code} {reply.text[:300]}")
        log.info("announced", extra={"ids": {"action": name}})
