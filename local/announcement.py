"""What `make run` says once it is ready: where everything is, and the commands that need to know it."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.service.access.caller import DEFAULT_PROJECT
from chalicelib.service.outgoing.worker_orders import queue_of
from local.options import PREFIX, Options


def ready(options: Options, endpoint: str, port: int | None, env: Mapping[str, str]) -> list[str]:
    """The lines; the first says that the run is ready. `env`: what it was started with, and what was set for it."""
    where = f"API at http://127.0.0.1:{port}/v2" if port else "no API in this process"
    roles = ",".join(sorted(options.roles))
    first = f"Meltemi is ready: {where} (roles {roles}; endpoint {endpoint}). Ctrl-C stops it."
    return [first, *_tokens(options, endpoint, env), *_workers(options, endpoint, port, env)]


def _tokens(options: Options, endpoint: str, env: Mapping[str, str]) -> list[str]:
    """How to make a token, where one is needed."""
    if env.get("AUTH_MODE") != "token":
        return []
    table = "" if options.prefix == PREFIX else f" DEFINITIONS_TABLE={env['DEFINITIONS_TABLE']}"
    command = ".venv/bin/python -m ops.tokens create --project blue --role member"
    return ["Callers need a token. To make one:", f"  AWS_ENDPOINT_URL={endpoint}{table} {command}"]


def _workers(options: Options, endpoint: str, port: int | None, env: Mapping[str, str]) -> list[str]:
    """How to start a worker for each target that has a queue."""
    if not options.workers:
        return []
    keys = ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    made_up = " ".join(f"{key}={env[key]}" for key in keys if env.get("AWS_ACCESS_KEY_ID") == "local")
    api = f" --api http://127.0.0.1:{port}/v2 --announce" if port else ""
    lines = ["To start workers (with a module and its Worker in place of module:worker):"]
    lines.append(f"  export AWS_ENDPOINT_URL={endpoint} {made_up}".rstrip())
    queues = [queue_of(env["TARGET_QUEUE_PREFIX"], DEFAULT_PROJECT, target) for target in options.workers]
    return [*lines, *(f"  meltemi-worker module:worker --queue {queue}{api}" for queue in queues)]
