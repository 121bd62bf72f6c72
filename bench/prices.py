"""Prices of AWS (us-east-1, on demand, no free tier) and what a usage costs by them.

Handler time is measured on this machine, but billed as AWS would: a function of 512 MB gets 512/1769 of a processor,
so its processor time takes that much longer, and while it waits for AWS it is billed as well. The emulator's answers
do not take as long as those of AWS; `WAITING` has round figures for that, in one place, to be argued with.
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.usage import Usage

MILLION = 1_000_000

WRITE_UNIT = 0.625 / MILLION
READ_UNIT = 0.125 / MILLION
SQS_STANDARD = 0.40 / MILLION
SQS_FIFO = 0.50 / MILLION
S3_PUT = 5.0 / MILLION
S3_GET = 0.40 / MILLION
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334
"""arm64."""
GATEWAY = 3.50 / MILLION
"""REST API."""

MEMORY_MB = 512
FULL_PROCESSOR_MB = 1769
"""The memory size at which a function gets one whole processor."""

WAITING: Mapping[str, float] = {
    "dynamodb.GetItem": 0.004,
    "dynamodb.Query": 0.005,
    "dynamodb.BatchGetItem": 0.008,
    "dynamodb.PutItem": 0.006,
    "dynamodb.TransactWriteItems": 0.020,
    "sqs.SendMessageBatch": 0.012,
    "s3.PutObject": 0.030,
    "s3.GetObject": 0.020,
}
"""Seconds that a call usually takes on AWS (an assumption). Calls made side by side are added up all the same."""
OTHER_WAITING = 0.010


def billed_seconds(usage: Usage) -> float:
    """How long the functions would have run on AWS."""
    return usage.cpu_seconds * FULL_PROCESSOR_MB / MEMORY_MB + usage.waiting_seconds


def dollars(usage: Usage) -> dict[str, float]:
    """What a usage costs, by service; API Gateway is a part of its own."""
    return {
        "dynamodb": (usage.write_units + usage.index_units) * WRITE_UNIT + usage.read_units * READ_UNIT,
        "sqs": usage.sqs_standard * SQS_STANDARD + usage.sqs_fifo * SQS_FIFO,
        "s3": usage.s3_puts * S3_PUT + usage.s3_gets * S3_GET,
        "lambda": usage.invocations * LAMBDA_REQUEST + billed_seconds(usage) * MEMORY_MB / 1024 * LAMBDA_GB_SECOND,
        "gateway": usage.gateway * GATEWAY,
    }
