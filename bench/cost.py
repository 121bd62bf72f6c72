"""What a month costs: `python -m bench.cost --executions 1e6 --tasks 5 --actions 2` (or `make cost ARGS="…"`).

Units are those that the benchmark measured (`units.yaml`), prices those of AWS's pages (`prices.yaml`); both files can
be edited.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.prices import FULL_PROCESSOR_MB, Prices, price_list
from bench.units import Units, kept
from local.runner import FEEDS

LINE_GB = 0.6e-6
"""A line of the log, of a message or of metrics."""
TASK_GB, START_GB = 0.3e-6, 1.2e-6
"""What a task and an execution leave in the table."""
METRICS = 20
ACTIONS_TOGETHER = 10
"""Orders that one call of the executor runs side by side, if there are as many."""
IDLE_RECEIVES = 650_000
"""Requests a month by which an event source looks for messages, if there are none."""
FIFO = frozenset({"EventsQueue", "EventsDeadQueue", "NotificationsQueue"})
TICKS = 43_800


READ = Units(read_units=2, gateway=1, invocations=1, cpu_ms=2, waiting_ms=8)
"""A request that looks at an execution."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is run in a month."""

    executions: float = 1e6
    tasks: float = 5
    """Inline tasks of an execution."""
    actions: float = 0
    """Dispatched tasks of an execution."""
    batched: float = 0.5
    """Which part of the dispatched tasks comes in full batches; the others come one by one."""
    action_seconds: float = 0.5
    subs: float = 0
    """Sub-executions of an execution, beside the tasks within them."""
    large_values: float = 0
    """Values over 16 KB of an execution, each written and read once."""
    large_kb: float = 100
    reads: float = 1
    """Requests that look at an execution."""
    memory: float = 1024
    """MB of each function, as `.chalice/config.json` says."""
    log_sample: float = 0.1
    trace_sample: float = 0.0
    months_kept: float = 1
    """For how long executions are kept."""


def used(load: Load, units: Mapping[str, Units]) -> Units:
    """The price units of a month."""
    each = (
        Units()
        .plus(units["execution"], 1)
        .plus(units["inline task"], load.tasks)
        .plus(units["dispatched task, full batches"], load.actions * load.batched)
        .plus(units["dispatched task, by itself"], load.actions * (1 - load.batched))
        .plus(units["sub-execution"], load.subs)
        .plus(Units(s3_puts=1, s3_gets=1, waiting_ms=50), load.large_values)
        .plus(READ, load.reads)
    )
    return Units().plus(each, load.executions)


def bill(load: Load, units: Mapping[str, Units], prices: Prices) -> dict[str, float]:
    """Dollars of a month, by what they are for."""
    total = used(load, units)
    dispatched = load.executions * load.actions
    together = 1 + (ACTIONS_TOGETHER - 1) * load.batched
    waiting = dispatched * load.action_seconds / together
    seconds = (total.cpu_ms * FULL_PROCESSOR_MB / load.memory + total.waiting_ms) / 1000
    gb = load.memory / 1024
    lines = total.invocations + load.log_sample * (load.executions * 2 + dispatched * 2)
    stored = load.executions * load.months_kept
    tasks = load.tasks + load.actions
    return {
        "DynamoDB requests": total.write_units * prices.write_unit + total.read_units * prices.read_unit,
        "DynamoDB storage": stored * (START_GB + tasks * TASK_GB) * prices.table_gb_month,
        "SQS": total.sqs_standard * prices.sqs_standard + total.sqs_fifo * prices.sqs_fifo,
        "S3": total.s3_puts * prices.s3_put
        + total.s3_gets * prices.s3_get
        + stored * load.large_values * load.large_kb / 1e6 * prices.s3_gb_month,
        "Lambda": total.invocations * prices.lambda_request + seconds * gb * prices.lambda_gb_second,
        "Lambda, while actions run": waiting * gb * prices.lambda_gb_second,
        "API Gateway": total.gateway * prices.gateway_request,
        "Logs and metrics": lines * LINE_GB * prices.log_gb + METRICS * prices.metric_month,
        "Traces": load.executions * load.trace_sample * prices.trace,
        "Idle: event sources, tick": idle(prices),
    }


def idle(prices: Prices) -> float:
    """What a stack costs in a month in which nothing is run."""
    fifo = sum(feed.queue in FIFO for feed in FEEDS)
    receives = fifo * prices.sqs_fifo + (len(FEEDS) - fifo) * prices.sqs_standard
    return IDLE_RECEIVES * receives + TICKS * (prices.lambda_request + 10 * prices.read_unit)


def step_functions(load: Load, prices: Prices) -> float:
    """What as many state transitions cost in standard workflows of Step Functions, actions and storage left out."""
    return load.executions * (load.tasks + load.actions + load.subs) * prices.step_functions_transition


def lines(load: Load, prices: Prices, units: Mapping[str, Units]) -> list[str]:
    """The answer, as text."""
    parts = bill(load, units, prices)
    total = sum(parts.values())
    tasks = max(1.0, load.executions * (load.tasks + load.actions + load.subs))
    theirs = step_functions(load, prices)
    ours = total - parts["Lambda, while actions run"]
    table = [f"{name:<32}{amount:>12,.2f}" for name, amount in parts.items() if amount]
    tasks_of = f"{load.tasks:g} inline and {load.actions:g} dispatched tasks"
    return [
        f"{load.executions:,.0f} executions a month, each with {tasks_of}",
        f"prices of {prices.as_of}, dollars a month",
        "",
        *table,
        f"{'together':<32}{total:>12,.2f}",
        "",
        f"for a million tasks: {total / tasks * 1e6:,.2f}",
        f"Step Functions (standard) for as many transitions: {theirs:,.2f}",
        f"without the time of actions, this is {ours / max(theirs, 0.01):.0%} of that",
    ]


def main(arguments: Sequence[str]) -> int:
    """Write what a load costs; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=__doc__)
    parser.add_argument("--region", default="us-east-1", help="whose prices, of those in bench/prices.yaml")
    defaults = Load()
    for name in Load.__dataclass_fields__:
        default = getattr(defaults, name)
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=float, default=default, metavar="N", help=f"({default:g})"
        )
    options = vars(parser.parse_args(arguments))
    try:
        prices = price_list(options.pop("region"))
    except ValueError as error:
        print(f"cost: {error}", file=sys.stderr)
        return 1
    print("\n".join(lines(Load(**options), prices, kept())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
