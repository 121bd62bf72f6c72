"""Prices of AWS (`prices.yaml`: on demand, no free tier) and what a usage costs by them.

Handler time is measured on this machine, but billed as AWS would: a function of 512 MB gets 512/1769 of a processor,
so its processor time takes that much longer, and while it waits for AWS it is billed as well. The emulator's answers
do not take as long as those of AWS; `WAITING` has round figures for that, in one place, to be argued with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bench.usage import Usage

MILLION = 1_000_000
LISTS = Path(__file__).with_name("prices.yaml")


@dataclass(frozen=True, slots=True)
class Prices:
    """The list of one region, in dollars for one of each; `as_of` is the day it was written down."""

    as_of: date
    write_unit: float
    read_unit: float
    table_gb_month: float
    sqs_standard: float
    sqs_fifo: float
    s3_put: float
    s3_get: float
    s3_gb_month: float
    lambda_request: float
    lambda_gb_second: float
    gateway_request: float
    log_gb: float
    metric_month: float
    trace: float
    step_functions_transition: float


def price_list(region: str, file: Path = LISTS) -> Prices:
    """The prices of a region. Raises `ValueError` if the file has none, or not all."""
    lists = yaml.safe_load(file.read_text())
    if region not in lists:
        raise ValueError(f"{file.name} has no prices of {region}, only of {', '.join(sorted(lists))}")
    given: dict[str, Any] = {name: value if name == "as_of" else float(value) for name, value in lists[region].items()}
    try:
        return Prices(**given)
    except TypeError as error:
        raise ValueError(f"the prices of {region} in {file.name} are not complete: {error}") from None


US_EAST = price_list("us-east-1")

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


def dollars(usage: Usage, prices: Prices = US_EAST) -> dict[str, float]:
    """What a usage costs, by service; API Gateway is a part of its own."""
    gb_seconds = billed_seconds(usage) * MEMORY_MB / 1024
    return {
        "dynamodb": (usage.write_units + usage.index_units) * prices.write_unit + usage.read_units * prices.read_unit,
        "sqs": usage.sqs_standard * prices.sqs_standard + usage.sqs_fifo * prices.sqs_fifo,
        "s3": usage.s3_puts * prices.s3_put + usage.s3_gets * prices.s3_get,
        "lambda": usage.invocations * prices.lambda_request + gb_seconds * prices.lambda_gb_second,
        "gateway": usage.gateway * prices.gateway_request,
    }
