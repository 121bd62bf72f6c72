"""A worker in its smallest form, with nothing but an SQS client: what the protocol asks of one in any language.

python plain_worker.py QUEUE runs `acme.add` for whoever sends orders to QUEUE.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any

import boto3

sqs = boto3.client("sqs")


def url_of(queue: str) -> str:
    return queue if queue.startswith("http") else sqs.get_queue_url(QueueName=queue)["QueueUrl"]


def handle(order: dict[str, Any], times_received: int) -> dict[str, Any]:
    """The report of an order: an action that is not safe to run again and was received before may have run."""
    if times_received > 1 and not order["safe_rerun"]:
        return {"state": "ERROR", "result": "A worker died while it ran this."}
    if order["name"] != "acme.add":
        return {"state": "ERROR", "result": f"This worker does not know {order['name']}."}
    given = order["input"] if "input" in order else json.load(urllib.request.urlopen(order["input_url"]))
    return {"state": "SUCCESS", "result": sum(given["numbers"])}


def main(queue: str) -> None:
    url = url_of(queue)
    while True:
        received = sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=20, MessageSystemAttributeNames=["ApproximateReceiveCount"]
        )
        for message in received.get("Messages", []):
            order = json.loads(message["Body"])
            report = handle(order, int(message["Attributes"]["ApproximateReceiveCount"]))
            report |= {"format": 1, "report": "result", "token": order["reply"]["token"]}
            report["action_execution_id"] = order["action_execution_id"]
            sqs.send_message(QueueUrl=url_of(order["reply"]["queue"]), MessageBody=json.dumps(report))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    main(sys.argv[1])
