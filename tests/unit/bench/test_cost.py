"""The bill of a month, from units and prices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.cost import FIFO, Load, bill, idle, lines, main, step_functions, used
from bench.prices import US_EAST, price_list
from bench.units import Units, kept, parts
from local.runner import FEEDS

UNITS = {
    "execution": Units(write_units=4, sqs_fifo=2, invocations=2, gateway=1, cpu_ms=10, waiting_ms=20),
    "inline task": Units(write_units=0.1),
    "dispatched task, full batches": Units(write_units=2, sqs_standard=0.3),
    "dispatched task, by itself": Units(write_units=3, sqs_standard=2),
    "sub-execution": Units(write_units=5),
}
MILLION = 1e6
PLAIN = Load(executions=MILLION, tasks=0, reads=0, log_sample=0)


def test_units_add_up() -> None:
    load = replace(PLAIN, executions=10, tasks=5, actions=4, batched=0.25, subs=1)
    assert used(load, UNITS).write_units == pytest.approx(10 * (4 + 5 * 0.1 + 2 + 3 * 3 + 5))


@pytest.mark.parametrize(
    ("load", "part", "dollars"),
    [
        (PLAIN, "DynamoDB requests", 4 * 0.625),
        (PLAIN, "SQS", 2 * 0.5),
        (PLAIN, "API Gateway", 3.5),
        (PLAIN, "Lambda", 2 * 0.2 + (10_000 * 1.769 / 1.024 + 20_000) * 0.0000133334),
        (replace(PLAIN, memory=512), "Lambda", 2 * 0.2 + (10_000 * 1.769 / 0.512 + 20_000) * 0.5 * 0.0000133334),
        (PLAIN, "Lambda, while actions run", 0),
        # ten at a time in one function of 1 GB for 2 seconds each
        (
            replace(PLAIN, actions=1, batched=1, action_seconds=2, memory=1024),
            "Lambda, while actions run",
            200_000 * 0.0000133334,
        ),
        (
            replace(PLAIN, actions=1, batched=0, action_seconds=2, memory=1024),
            "Lambda, while actions run",
            2_000_000 * 0.0000133334,
        ),
        (replace(PLAIN, large_values=2, large_kb=0), "S3", 2 * 5.4),
        (replace(PLAIN, trace_sample=0.5), "Traces", 2.5),
        (replace(PLAIN, months_kept=0), "DynamoDB storage", 0),
    ],
)
def test_parts_of_the_bill(load: Load, part: str, dollars: float) -> None:
    assert bill(load, UNITS, US_EAST)[part] == pytest.approx(dollars, rel=1e-3)


def test_nothing_to_do_costs_what_waiting_costs() -> None:
    total = bill(replace(PLAIN, executions=0), UNITS, US_EAST)
    assert idle(US_EAST) == total["Idle: event sources, tick"]
    assert all(amount == 0 for name, amount in total.items() if not name.startswith(("Idle", "Logs")))
    assert {feed.queue for feed in FEEDS} >= FIFO


def test_step_functions_bills_every_transition() -> None:
    assert step_functions(replace(PLAIN, tasks=3, actions=1), US_EAST) == pytest.approx(100)


def test_the_answer_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--executions", "1e6", "--tasks", "5"]) == 0
    text = capsys.readouterr().out
    assert "1,000,000 executions a month, each with 5 inline" in text
    assert "Step Functions (standard) for as many transitions: 125.00" in text
    assert "DynamoDB requests" in "\n".join(lines(PLAIN, US_EAST, UNITS))


def test_a_region_without_prices_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--region", "mars-1"]) == 1
    assert "no prices of mars-1, only of us-east-1" in capsys.readouterr().err
    with pytest.raises(ValueError, match="mars-1"):
        price_list("mars-1")


def test_parts_are_differences_of_workloads() -> None:
    rows = dict.fromkeys(
        ("chain 100", "items 1000", "items over 100 workflows", "100 x 3 tasks, data flow"), Units(write_units=100)
    )
    rows |= {
        "chain 1000": Units(write_units=190),
        "items 10000": Units(write_units=1000),
        "items over 1000 workflows": Units(write_units=4600),
        "1000 x 3 tasks, data flow": Units(write_units=4300),
        "50 x std.http": Units(write_units=104),
        "50 x std.http, batches of 1": Units(write_units=154),
    }
    found = {name: units.write_units for name, units in parts(rows).items()}
    assert found == {
        "execution": pytest.approx(4.0),
        "inline task": pytest.approx(0.1),
        "dispatched task, full batches": pytest.approx(2.0),
        "dispatched task, by itself": pytest.approx(3.0),
        "sub-execution": pytest.approx(5.0),
        "item": pytest.approx(0.1),
    }


def test_the_kept_units_are_plausible() -> None:
    units = kept()
    single, full = units["dispatched task, by itself"], units["dispatched task, full batches"]
    assert 0 < units["inline task"].write_units < 1 < full.write_units < single.write_units
    assert full.sqs_standard < single.sqs_standard
