"""Looks event buses up; nothing is said over them here."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient

log = logging.getLogger(__name__)

_NO_BUS = frozenset({"ResourceNotFoundException", "ValidationException"})
"""What EventBridge answers for a bus that is not there, and for a text that names none."""


class EventBuses:
    """The event buses of the account and region of a client."""

    def __init__(self, events: EventBridgeClient) -> None:
        self._events = events

    def lacks(self, name: str) -> bool:
        """Whether there is no bus of this name; no if that cannot be found out, as nothing depends on it."""
        try:
            self._events.describe_event_bus(Name=name)
        except ParamValidationError:
            return True
        except ClientError as error:
            code = error.response["Error"].get("Code")
            if code not in _NO_BUS:
                log.warning("event bus %s could not be looked up: %s", name, code)
            return code in _NO_BUS
        except BotoCoreError as error:
            log.warning("event bus %s could not be looked up: %s", name, error)
        return False
