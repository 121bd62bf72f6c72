"""`python -m ops.dead_letters`: shows what lies in the dead-letter queues, and sends it back to where it failed.

It works on the queues of the stage that `--stage` names, or else of the environment (`EVENTS_QUEUE` …, `AWS_REGION`,
`AWS_ENDPOINT_URL`), with the credentials of whoever calls it: no function of the service needs a right to redrive.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.entry.functions import sqs_batch
from chalicelib.entry.functions.sqs_batch import records
from chalicelib.settings.service import Settings
from local.clients import connect
from local.credentials import prepare_command
from local.leases import set_visibility
from local.records import lambda_event
from ops import stages

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef as Message

NAMES = tuple(Settings.from_env({}).queues())
BATCH = 10
SHOWN, MOVED, MOST = 10, 100, 10_000
PEEK_SECONDS = 20
"""How long a message that is looked at, or sent back, is hidden from other readers."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A queue and the one its dead letters go to, by URL."""

    name: str
    source: str
    dead: str


def main(arguments: Sequence[str], env: Mapping[str, str], out: TextIO, errors: TextIO) -> int:
    """Do what `arguments` say; the exit status."""
    wanted = _parser().parse_args(arguments)
    try:
        settings = Settings.from_env({**env, **stages.environment(wanted.stage, env)})
        sqs = connect(settings.endpoint_url, settings.region).sqs
        named = settings.queues()
        names = [wanted.queue] if wanted.queue else list(named)
        for pair in (_pair(sqs, name, named[name]) for name in names):
            if wanted.command == "list":
                lines = listed(sqs, pair, wanted.limit, time.time())
            else:
                lines = redriven(sqs, pair, wanted.max, wanted.dry_run)
            for line in lines:
                print(json.dumps(line), file=out)
    except (ClientError, BotoCoreError, ValueError) as error:
        print(f"dead_letters: {error}", file=errors)
        return 1
    return 0


def listed(sqs: SQSClient, pair: Pair, limit: int, now: float) -> Iterator[dict[str, Any]]:
    """How many dead letters a queue has, then up to `limit` of them: ids and age, never what they say."""
    waiting, in_work = _counted(sqs, pair)
    yield {"queue": pair.name, "waiting": waiting, "in_work": in_work}
    found = list(_taken(sqs, pair.dead, limit))
    for first in range(0, len(found), BATCH):
        receipts = [one["ReceiptHandle"] for one in found[first : first + BATCH]]
        set_visibility(sqs, pair.dead, receipts, [0] * len(receipts))
    for one in found:
        yield {"queue": pair.name, **_facts(one, now)}


def redriven(sqs: SQSClient, pair: Pair, most: int, dry_run: bool) -> Iterator[dict[str, Any]]:
    """Send up to `most` dead letters back, each before it is deleted: cut short, one may come twice, none is lost."""
    if dry_run:  # by number, as looking at one of a group hides the others of it
        moved = min(most, _counted(sqs, pair)[0])
    else:
        moved = sum(_moved(sqs, pair, one) for one in _taken(sqs, pair.dead, most))
    yield {"queue": pair.name, "dry_run": dry_run, "redriven": moved}


def _pair(sqs: SQSClient, name: str, queue: str) -> Pair:
    url = queue if queue.startswith(("http://", "https://")) else sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get("Attributes", {})
    arn = json.loads(attributes.get("RedrivePolicy", "{}")).get("deadLetterTargetArn")
    if arn is None:
        raise ValueError(f"the queue {queue} has no dead-letter queue")
    return Pair(name, url, sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])


def _taken(sqs: SQSClient, url: str, most: int) -> Iterator[Message]:
    """Up to `most` different messages, each hidden from other readers for a while."""
    seen: set[str] = set()
    while len(seen) < most:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(BATCH, most - len(seen)),
            VisibilityTimeout=PEEK_SECONDS,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["All"],
        )
        fresh = [one for one in answer.get("Messages", []) if one["MessageId"] not in seen]
        if not fresh:
            return
        seen.update(one["MessageId"] for one in fresh)
        yield from fresh


def _counted(sqs: SQSClient, pair: Pair) -> tuple[int, int]:
    """About how many dead letters wait, and how many somebody is working on."""
    found = sqs.get_queue_attributes(QueueUrl=pair.dead, AttributeNames=["All"])["Attributes"]
    return int(found["ApproximateNumberOfMessages"]), int(found["ApproximateNumberOfMessagesNotVisible"])


def _moved(sqs: SQSClient, pair: Pair, message: Message) -> int:
    sqs.send_message(QueueUrl=pair.source, **_again(message))
    sqs.delete_message(QueueUrl=pair.dead, ReceiptHandle=message["ReceiptHandle"])
    return 1


def _again(message: Message) -> dict[str, Any]:
    """The message as it is sent once more, in its place among those of its execution.

    Its own deduplication id could have the queue drop it as what it had before; that of the dead letter is a new one.
    """
    group = {str(name): value for name, value in message.get("Attributes", {}).items()}.get("MessageGroupId")
    in_order = {} if group is None else {"MessageGroupId": group, "MessageDeduplicationId": message["MessageId"]}
    return {"MessageBody": message["Body"], **in_order}


def _facts(message: Message, now: float) -> dict[str, Any]:
    (record,) = records(lambda_event([message], "arn:aws:sqs:::"))
    sent = int(message.get("Attributes", {}).get("SentTimestamp", "0")) / 1000
    return {**sqs_batch.facts(record), "age_seconds": max(0, round(now - sent))}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.dead_letters", description=__doc__)
    parser.add_argument("--stage", help="a stage that `make deploy` made")
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("list", help="show how many there are, and some of them")
    show.add_argument("--limit", type=_number, default=SHOWN, help=f"how many of each queue are shown ({SHOWN})")
    move = commands.add_parser("redrive", help="send them back to the queue they failed in")
    move.add_argument("--max", type=_number, default=MOVED, help=f"how many at most ({MOVED})")
    move.add_argument("--dry-run", action="store_true", help="only say how many it would be")
    for command, needed in ((show, False), (move, True)):
        command.add_argument("--queue", required=needed, choices=NAMES)
    return parser


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST):
        raise argparse.ArgumentTypeError(f"a number from 1 to {MOST}")
    return int(text)


if __name__ == "__main__":
    prepare_command(os.environ)
    sys.exit(main(sys.argv[1:], os.environ, sys.stdout, sys.stderr))
