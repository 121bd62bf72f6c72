"""`python -m local`, which is what `make run` calls: the whole service on this machine, until Ctrl-C."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import threading
from contextlib import ExitStack
from types import ModuleType

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.settings.service import Settings
from local import announcement, credentials, emulator, resources, worker_queues
from local.clients import connect
from local.emulator import Emulator, EmulatorFailed
from local.options import Options
from local.runner import Runner
from local.server import check_free

QUIET = {"ACCESS_LOG": "false", "METRICS": "false", "LOG_FORMAT": "text", "LOG_SAMPLE": "0"}
"""What a terminal would be full of."""
LAPTOP = {"ANONYMOUS_ROLES": "admin", "ALLOW_ACTION_EXECUTION_DELETION": "true", "HTTP_ALLOW_LOOPBACK": "true"}
"""What nobody has to be kept from on a machine of their own; clients cannot say that they are admins."""


def main() -> int:
    """Run until a signal comes; the exit status. What goes wrong before is said in one line."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        return _run(Options.from_env(os.environ))
    except (ValueError, OSError, EmulatorFailed, BotoCoreError, ClientError) as error:
        print(f"meltemi: {error}", file=sys.stderr)
        return 1


def _run(options: Options) -> int:
    asked_to_stop = _stop_on_signals()
    if "api" in options.roles:
        check_free(options.port)
    with ExitStack() as stack:
        child = None if options.endpoint_url else stack.enter_context(emulator.start())
        endpoint = child.url if child else str(options.endpoint_url)
        credentials.prepare_run(os.environ, own_emulator=child is not None)
        clients = connect(endpoint, os.environ["AWS_REGION"])
        made = resources.create(clients, options.prefix)
        if options.port:  # else nobody knows where the API will be
            os.environ.setdefault("PUBLIC_URL", f"http://127.0.0.1:{options.port}")
        if options.workers:
            worker_queues.prepare_settings(os.environ)
            worker_queues.create(clients.sqs, os.environ["TARGET_QUEUE_PREFIX"], options.workers)
        app = _load_app({**made.environment(), "AWS_ENDPOINT_URL": endpoint})
        settings = Settings.from_env(os.environ)
        runner = Runner(app, clients, made, options.roles, settings.tick_seconds)
        port = runner.start(options.port)
        print("\n".join(announcement.ready(options, endpoint, port, os.environ)), flush=True)
        status = _wait(asked_to_stop, child)
        runner.stop(wait_for_polls=child is None)
    return status


def _load_app(names: dict[str, str]) -> ModuleType:
    """Import `app.py`, which reads the environment, once everything it needs is there."""
    os.environ.update(names)
    for name, value in {**QUIET, **LAPTOP}.items():
        os.environ.setdefault(name, value)
    return importlib.import_module(os.environ.get("APP_MODULE", "app"))


def _stop_on_signals() -> threading.Event:
    """An event that Ctrl-C or a termination sets; the second Ctrl-C ends the process on the spot."""
    asked = threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        if asked.is_set():
            os._exit(128 + number)
        asked.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return asked


def _wait(asked_to_stop: threading.Event, child: Emulator | None) -> int:
    while not asked_to_stop.wait(0.5):
        if child and not child.alive():
            print("meltemi: the embedded emulator ended", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # An action that does not end must not keep the process: its message comes back to whoever runs next.
    os._exit(status)
