"""The table, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bench.prices import MEMORY_MB, MILLION, billed_seconds, dollars
from bench.running import Measured
from bench.workloads import RATIOS

PARTS = ("dynamodb", "sqs", "s3", "lambda")
"""What the aims are about; API Gateway is shown beside."""

COLUMNS = (
    ("workload", 28),
    ("tasks", 6),
    ("WCU", 8),
    ("RCU", 7),
    ("SQS", 6),
    ("FIFO", 6),
    ("PUT", 5),
    ("GET", 5),
    ("calls", 6),
    ("KB out", 8),
    ("KB in", 8),
    ("cpu ms", 8),
    ("wall ms", 8),
    ("$ DDB", 7),
    ("$ SQS", 7),
    ("$ S3", 7),
    ("$ Lam", 7),
    ("$ all", 7),
    ("aim", 5),
    ("+ API", 7),
)


def row(measured: Measured) -> dict[str, Any]:
    """Everything about one workload; dollars are per million tasks."""
    usage, tasks = measured.total, measured.workload.all_tasks
    price = {name: amount / tasks * MILLION for name, amount in dollars(usage).items()}
    return {
        "workload": measured.workload.name,
        "tasks": tasks,
        "write_units": usage.write_units,
        "index_write_units": usage.index_units,
        "read_units": usage.read_units,
        "rows_written": usage.written_rows,
        "refused_writes": usage.refused_writes,
        "sqs_standard_requests": usage.sqs_standard,
        "sqs_fifo_requests": usage.sqs_fifo,
        "empty_receives_not_billed": usage.sqs_empty,
        "s3_puts": usage.s3_puts,
        "s3_gets": usage.s3_gets,
        "bytes_out": usage.bytes_out,
        "bytes_in": usage.bytes_in,
        "invocations": {name: used.invocations for name, used in measured.accounts.by_name.items() if used.invocations},
        "requests": dict(sorted(usage.requests.items())),
        "gateway_requests": usage.gateway,
        "handler_cpu_ms": round(usage.cpu_seconds * 1000, 1),
        "handler_wall_ms": round(usage.wall_seconds * 1000, 1),
        "cpu_ms_by_function": {
            name: round(used.cpu_seconds * 1000, 1) for name, used in measured.accounts.by_name.items()
        },
        "first_run_cpu_ms": round(measured.cold_cpu_seconds * 1000, 1),
        "billed_lambda_ms": round(billed_seconds(usage) * 1000, 1),
        "elapsed_ms": round(measured.elapsed * 1000, 1),
        "dollars_per_million_tasks": {
            **{name: round(amount, 3) for name, amount in price.items()},
            "total_without_gateway": round(sum(price[name] for name in PARTS), 3),
        },
        "aim": measured.workload.aim,
    }


def as_text(rows: Sequence[dict[str, Any]]) -> str:
    """The table and the ratios."""
    lines = [" ".join(_cell(title, width) for title, width in COLUMNS)]
    lines += [_line(each) for each in rows]
    lines += ["", *_ratios(rows)]
    lines += ["", f"Dollars per million tasks; functions of {MEMORY_MB} MB, arm64. docs/reference/costs.md explains."]
    return "\n".join(lines)


def as_markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The same table for a document."""
    head = ["| " + " | ".join(title for title, _ in COLUMNS) + " |", "| --- " + "| ---: " * (len(COLUMNS) - 1) + "|"]
    lines = ["| " + " | ".join(_shown(cell) for cell in _cells(each)) + " |" for each in rows]
    return "\n".join([*head, *lines, "", *(f"- {ratio}" for ratio in _ratios(rows))])


def _line(each: dict[str, Any]) -> str:
    return " ".join(_cell(cell, width) for cell, (_, width) in zip(_cells(each), COLUMNS, strict=True))


def _cells(each: dict[str, Any]) -> tuple[object, ...]:
    price = each["dollars_per_million_tasks"]
    return (
        each["workload"],
        each["tasks"],
        each["write_units"] + each["index_write_units"],
        each["read_units"],
        each["sqs_standard_requests"],
        each["sqs_fifo_requests"],
        each["s3_puts"],
        each["s3_gets"],
        sum(each["invocations"].values()),
        each["bytes_out"] / 1024,
        each["bytes_in"] / 1024,
        each["handler_cpu_ms"],
        each["handler_wall_ms"],
        *(f"{price[name]:.2f}" for name in PARTS),
        f"{price['total_without_gateway']:.2f}",
        f"{each['aim']:.0f}",
        f"{price['gateway']:.2f}",
    )


def _cell(content: object, width: int) -> str:
    return f"{_shown(content):<{width}}" if width > 20 else f"{_shown(content):>{width}}"


def _shown(content: object) -> str:
    if isinstance(content, float):
        return f"{content:.0f}" if content.is_integer() or content > 100 else f"{content:.1f}"
    return str(content)


def _ratios(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    costs = {each["workload"]: each["dollars_per_million_tasks"]["total_without_gateway"] for each in rows}
    for large, small, aim in RATIOS:
        if large in costs and small in costs:
            yield f"{large} / {small}: {costs[large] / costs[small]:.2f} per task (aim: at most {aim})"
