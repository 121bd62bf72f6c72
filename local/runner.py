"""Runs the chosen roles of the service in this process, in threads, over one endpoint.

    api       the HTTP server in front of the Chalice application
    step      events, timers and dead letters: all that changes executions
    executor  actions
    tick      the scheduled function

The functions are those of `app.py`, called with the events AWS would send them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

from local.clients import Clients
from local.gateway import Gateway
from local.leases import Leases
from local.resources import Resources
from local.server import Server
from local.sources import WAIT_SECONDS, Poller, Source
from local.ticker import Ticker

DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Feed:
    """Which queue (its logical id in the template) feeds which function, read by which role."""

    role: str
    queue: str
    function: str
    timeout_seconds: int
    pollers: int


FEEDS = (
    Feed("step", "EventsQueue", "step", 30, 8),
    Feed("step", "TimersQueue", "timers", 30, 2),
    Feed("step", "ResultsQueue", "results", 30, 2),
    Feed("executor", "NotificationsQueue", "notify", 60, 2),
    Feed("step", "IncomingQueue", "listen", 60, 2),
    Feed("step", "EventsDeadQueue", "dead_letters", 30, 1),
    Feed("step", "ActionsDeadQueue", "dead_letters", 30, 1),
    Feed("step", "TimersDeadQueue", "dead_letters", 30, 1),
    Feed("step", "ResultsDeadQueue", "dead_letters", 30, 1),
    Feed("executor", "ActionsQueue", "execute", 900, 8),
)


class Runner:
    """All threads of a run. Nothing runs before `start`; after `stop` nothing does any more."""

    def __init__(
        self, app: ModuleType, clients: Clients, resources: Resources, roles: frozenset[str], tick_seconds: float
    ) -> None:
        self._app = app
        self._clients = clients
        self._resources = resources
        self._roles = roles
        self._tick_seconds = tick_seconds
        self._stop = threading.Event()
        self._leases = Leases(clients.sqs)
        self._pollers: list[threading.Thread] = []
        self._server: Server | None = None

    def start(self, port: int) -> int | None:
        """Start everything; the port of the API, if that is among the roles. Raises `OSError` if it is taken."""
        if "api" in self._roles:
            self._server = Server(Gateway(self._app.app).handle, port)
            _thread("api", self._server.serve_forever)
        _thread("leases", self._leases.run, self._stop)
        self._pollers = [_thread(source.function, poller.run) for source, poller in self._all_pollers()]
        if "tick" in self._roles:
            _thread("tick", Ticker(self._app.tick, self._tick_seconds).run, self._stop)
        return self._server.server_port if self._server else None

    def stop(self, patience: float = DRAIN_SECONDS, wait_for_polls: bool = True) -> None:
        """Take nothing new, let what is in work finish, and let waiting polls end so that none swallows a message."""
        self._stop.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._leases.wait_idle(patience)
        if wait_for_polls:
            for thread in self._pollers:
                thread.join(WAIT_SECONDS + 1)

    def _all_pollers(self) -> Iterator[tuple[Source, Poller]]:
        for feed in FEEDS:
            if feed.role in self._roles:
                source = self._source(feed)
                for _ in range(source.pollers):
                    yield source, Poller(source, self._clients.sqs, self._leases, self._stop)

    def _source(self, feed: Feed) -> Source:
        return Source(
            function=feed.function,
            handler=getattr(self._app, feed.function),
            queue_url=self._resources.queue_urls[feed.queue],
            queue_arn=self._resources.queue_arns[feed.queue],
            timeout_seconds=feed.timeout_seconds,
            pollers=feed.pollers,
        )


def _thread(name: str, target: Callable[..., object], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, name=name, daemon=True)
    thread.start()
    return thread
