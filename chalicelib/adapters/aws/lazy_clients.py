"""Clients of AWS's services, each made when it is first used: that takes 10 to 80 ms, and most calls need only some.

They come from botocore, which PynamoDB has loaded already; boto3 on top of it would take another 50 ms and add nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.config import Config
from botocore.session import get_session


class Clients:
    """Makes clients, by the method that a boto3 session has for it."""

    def __init__(self, region: str) -> None:
        self._session = get_session()
        self._region = region
        self._lock = threading.Lock()

    def client(self, service_name: str, *, endpoint_url: str | None = None, config: Config | None = None) -> Any:
        """What behaves as a client of the service."""
        make = partial(self._session.create_client, service_name, region_name=self._region)
        return Late(partial(make, endpoint_url=endpoint_url, config=config), self._lock)


class Late:
    """Stands for a client that is made when something asks for one of its attributes."""

    def __init__(self, make: Callable[[], Any], lock: threading.Lock) -> None:
        self._late_make = make
        self._late_lock = lock
        self._late_client: Any = None

    def __getattr__(self, name: str) -> Any:
        with self._late_lock:
            if self._late_client is None:
                self._late_client = self._late_make()
        return getattr(self._late_client, name)
