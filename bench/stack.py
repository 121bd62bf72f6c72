"""The whole service over a fresh embedded emulator, with every AWS call metered."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import botocore

from bench.lambdas import Lambdas, Profiler
from bench.meter import Meter
from chalicelib.bootstrap import container
from chalicelib.bootstrap.adapters import connect
from chalicelib.settings.service import Settings
from local import clients, emulator, resources

REGION = "us-east-1"


@contextmanager
def running(profiler: Profiler | None = None) -> Iterator[Lambdas]:
    """The functions of the service, ready to be called."""
    os.environ.update(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench", AWS_DEFAULT_REGION=REGION)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    meter = Meter()
    # Every session made from now on is watched, and so is every client, PynamoDB's own ones too.
    botocore.register_initializer(meter.watch)
    try:
        with emulator.start() as emulated:
            yield _built(emulated.url, meter, profiler)
    finally:
        botocore.unregister_initializer(meter.watch)


def _built(url: str, meter: Meter, profiler: Profiler | None) -> Lambdas:
    connected = clients.connect(url, REGION)
    made = resources.create(connected, "bench")
    quiet = {"METRICS": "false", "ACCESS_LOG": "false"}
    environment = {"AWS_ENDPOINT_URL": url, "AWS_REGION": REGION, "HTTP_ALLOW_LOOPBACK": "true", **quiet}
    settings = Settings.from_env({**made.environment(), **environment})
    container.use(container.Services(settings, connect(settings)))
    return Lambdas(importlib.import_module("app"), connected, made, meter, profiler)
