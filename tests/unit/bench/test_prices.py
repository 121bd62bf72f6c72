"""What a usage costs by AWS's price list."""

from __future__ import annotations

import pytest

from bench.prices import billed_seconds, dollars
from bench.usage import Usage

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("usage", "service", "price"),
    [
        (Usage(write_units=MILLION), "dynamodb", 0.625),
        (Usage(index_units=MILLION), "dynamodb", 0.625),
        (Usage(read_units=MILLION), "dynamodb", 0.125),
        (Usage(sqs_standard=MILLION), "sqs", 0.40),
        (Usage(sqs_fifo=MILLION), "sqs", 0.50),
        (Usage(sqs_empty=MILLION), "sqs", 0.0),
        (Usage(s3_puts=MILLION), "s3", 5.0),
        (Usage(s3_gets=MILLION), "s3", 0.40),
        (Usage(invocations=MILLION), "lambda", 0.20),
        (Usage(gateway=MILLION), "gateway", 3.50),
    ],
)
def test_a_million(usage: Usage, service: str, price: float) -> None:
    prices = dollars(usage)
    assert prices.pop(service) == pytest.approx(price)
    assert not any(prices.values())


def test_a_part_of_a_processor_takes_longer() -> None:
    assert billed_seconds(Usage(cpu_seconds=1.0)) == pytest.approx(1769 / 512)
    assert billed_seconds(Usage(waiting_seconds=1.0)) == 1.0
    assert dollars(Usage(waiting_seconds=2.0))["lambda"] == pytest.approx(0.0000133334)
