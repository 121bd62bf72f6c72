"""Actions that run by themselves, over the real store: what was sent waits here until a test has it delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.actions import run_action
from chalicelib.actions.gateways import open_doors
from chalicelib.actions.library import Library
from chalicelib.actions.registry import Registry
from chalicelib.actions.runtime.action_type import ActionContext
from chalicelib.bootstrap import actions, container
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.errors import Unavailable
from chalicelib.messaging.bodies import RunStandaloneAction
from chalicelib.ports.clock import Clock
from chalicelib.ports.messaging import Message
from chalicelib.ports.standalone_actions import LooseAction, LooseStore
from chalicelib.service.access.caller import DEFAULT_PROJECT, Caller
from chalicelib.service.actions.executor import Delivery
from chalicelib.service.actions.standalone import LooseActions
from chalicelib.service.actions.standalone_runner import LooseRunner
from chalicelib.service.outgoing.large_values import KeptValues
from tests.bodies import body_of


class LooseBench:
    """The service, its executor, and everything that they ask for."""

    def __init__(self, store: LooseStore, clock: Clock, library: Library) -> None:
        self.store = store
        self.sent: list[Message] = []
        self.slept: list[float] = []
        self.ran: list[str] = []
        self.ran_for: list[str] = []
        self.broken = False
        self.blobs: dict[str, bytes] = {}
        tools = actions.toolbox(self._perform, library)
        self.service = LooseActions(store, self, self, tools, clock)
        self.runner = LooseRunner(store, KeptValues(self), self, tools, clock)

    def deliver(self, message: Message | None = None, message_id: str = "m1", count: int = 1) -> None:
        """Have the executor handle a message, the last one if none is given."""
        body = body_of(RunStandaloneAction, message or self.sent[-1])
        self.runner.execute(body, Delivery(message_id, count), 60.0)

    def clear(self) -> None:
        """Remove everything."""
        for loose in self.service.newest(Caller(DEFAULT_PROJECT).seeing_all()):
            self.store.delete(str(loose.id))

    # --- the ports -----------------------------------------------------------------------------------------------

    def send_actions(self, messages: Sequence[Message]) -> None:
        if self.broken:
            raise Unavailable
        self.sent += messages

    def send_events(self, messages: Sequence[Message]) -> None:
        raise NotImplementedError

    def send_timers(self, messages: Sequence[Message]) -> None:
        raise NotImplementedError

    def put(self, digest: str, data: bytes) -> None:
        self.blobs[digest] = data

    def put_many(self, blobs: Mapping[str, bytes]) -> None:
        self.blobs.update(blobs)

    def get(self, digest: str) -> bytes:
        return self.blobs[digest]

    def _perform(self, loose: LooseAction, given: JsonDict, seconds: float) -> Json:
        name, _ = loose.action.performed
        self.ran.append(name)
        self.ran_for.append(loose.project_id)
        if name == "std.http":
            return {"given": given}
        context = ActionContext(action_execution_id=loose.id, timeout=seconds)
        doors = open_doors(lambda ref: container.services().code_sources.text(ref))
        return run_action.run(Registry().performer(name), given, context, replace(doors, sleep=self.slept.append))
