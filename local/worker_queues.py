"""The queues of external workers: `WORKERS=thumbs make run` makes them, `python -m local.worker_queues` names them."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, TextIO

from chalicelib.errors import InvalidRequest
from chalicelib.service.access.caller import DEFAULT_PROJECT
from chalicelib.service.outgoing.worker_orders import queue_of

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

PREFIX = "worker-"
"""On one's own machine the queues of all projects may be the same."""
VISIBILITY_SECONDS = 60
"""Until a worker is back at work after `kill -9`; workers extend it while they work."""


def prepare_settings(env: MutableMapping[str, str]) -> None:
    """Have the service send actions to workers; what is set already stays."""
    env.setdefault("TARGET_QUEUE_PREFIX", PREFIX)
    env.setdefault("RESULTS_KEY", secrets.token_hex(32))


def create(sqs: SQSClient, prefix: str, targets: Iterable[str]) -> None:
    """Create the queues of these targets for callers that are not told apart. Raises `ValueError` for a bad target."""
    for target in targets:
        try:
            name = queue_of(prefix, DEFAULT_PROJECT, target)
        except InvalidRequest as error:
            raise ValueError(f"WORKERS: {error.message}") from None
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)})


def main(arguments: Sequence[str], env: Mapping[str, str], out: TextIO, errors: TextIO) -> int:
    """Print the name of the queue of each target; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.worker_queues", description=__doc__)
    parser.add_argument("--project", default=DEFAULT_PROJECT, help="whose actions; without it, of AUTH_MODE=none")
    parser.add_argument("--prefix", default=env.get("TARGET_QUEUE_PREFIX"), help="TARGET_QUEUE_PREFIX of the service")
    parser.add_argument("target", nargs="+")
    wanted = parser.parse_args(arguments)
    if not wanted.prefix:
        parser.error("--prefix or TARGET_QUEUE_PREFIX must say what the names begin with")
    try:
        for target in wanted.target:
            print(queue_of(wanted.prefix, wanted.project, target), file=out)
    except InvalidRequest as error:
        print(f"worker_queues: {error.message}", file=errors)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, sys.stdout, sys.stderr))
