"""Publishers of notifications that need nothing of AWS: `webhook` posts them, `noop` writes a line in the log."""

from __future__ import annotations

import json
import logging

from chalicelib import errors
from chalicelib.actions.contract import HttpRequest, Send
from chalicelib.actions.egress import EgressPolicy
from chalicelib.core.jsontext import JsonDict
from chalicelib.ports_notices import Notice

SECONDS = 10.0
HEARD = (200, 201)
"""The statuses that count as success (engine rules §24)."""

log = logging.getLogger(__name__)


class Webhook:
    """Posts the payload as JSON to `url` with `headers` where the egress policy allows it; follows no redirects."""

    def __init__(self, send: Send, egress: EgressPolicy) -> None:
        self._send = send
        self._egress = egress

    def __call__(self, listener: JsonDict, notice: Notice) -> None:
        """Post once. Raises a `MeltemiError`; no text of one shows the headers."""
        request = HttpRequest(
            str(listener.get("url") or ""),
            method="POST",
            body=json.dumps(notice.payload),
            headers=listener.get("headers") or {},
            timeout=SECONDS,
        )
        try:
            answer = self._send(request, self._egress, SECONDS)
        except errors.MeltemiError:
            raise
        except Exception as error:
            raise errors.MeltemiError(f"the webhook cannot be called: {type(error).__name__}") from error
        if answer.status not in HEARD:
            raise errors.MeltemiError(f"the webhook answered {answer.status}")


def noop(listener: JsonDict, notice: Notice) -> None:
    """Write down that there was something to tell."""
    log.info("The event %s of %s is published to nobody", notice.event, notice.payload.get("id"))
