"""What the parts of an execution use, from a run of the benchmark: `python -m bench --json FILE`, then
`python -m bench.units FILE > bench/units.yaml`.

The parts are differences of workloads: what 900 more tasks in a chain use is what an inline task uses; what executions
of three inline tasks use, less those tasks, is what an execution uses; and so on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from bench.prices import FULL_PROCESSOR_MB, MEMORY_MB

KEPT = Path(__file__).with_name("units.yaml")


@dataclass(frozen=True, slots=True)
class Units:
    """Price units of one part. Handler time is that of a whole processor."""

    write_units: float = 0.0
    read_units: float = 0.0
    sqs_standard: float = 0.0
    sqs_fifo: float = 0.0
    s3_puts: float = 0.0
    s3_gets: float = 0.0
    invocations: float = 0.0
    gateway: float = 0.0
    cpu_ms: float = 0.0
    waiting_ms: float = 0.0
    """For AWS, which is billed, too."""

    def plus(self, other: Units, times: float) -> Units:
        """These and so many times the others; never less than nothing."""
        return Units(
            **{
                each.name: max(0.0, getattr(self, each.name) + times * getattr(other, each.name))
                for each in fields(self)
            }
        )

    def part(self, number: float) -> Units:
        """What one of `number` parts has."""
        return Units().plus(self, 1 / number)


def parts(rows: Mapping[str, Units]) -> dict[str, Units]:
    """The units of each part, from those of workloads by name."""
    inline = rows["chain 1000"].plus(rows["chain 100"], -1).part(900)
    execution = rows["1000 x 3 tasks, data flow"].part(1000).plus(inline, -3)
    small = rows["100 x 3 tasks, data flow"].part(100).plus(inline, -3)
    return {
        "execution": max(execution, small, key=lambda units: units.write_units),
        "inline task": inline,
        "dispatched task, full batches": rows["50 x std.http"].plus(execution, -1).part(50),
        "dispatched task, by itself": rows["50 x std.http, batches of 1"].plus(execution, -1).part(50),
        "sub-execution": rows["items over 1000 workflows"].plus(rows["items over 100 workflows"], -1).part(900),
        "item": rows["items 10000"].plus(rows["items 1000"], -1).part(9000),
    }


def measured(row: Mapping[str, Any]) -> Units:
    """The units of a workload as the benchmark writes them."""
    return Units(
        write_units=row["write_units"] + row["index_write_units"],
        read_units=row["read_units"],
        sqs_standard=row["sqs_standard_requests"],
        sqs_fifo=row["sqs_fifo_requests"],
        s3_puts=row["s3_puts"],
        s3_gets=row["s3_gets"],
        invocations=sum(row["invocations"].values()),
        gateway=row["gateway_requests"],
        cpu_ms=row["handler_cpu_ms"],
        waiting_ms=row["billed_lambda_ms"] - row["handler_cpu_ms"] * FULL_PROCESSOR_MB / MEMORY_MB,
    )


def kept(file: Path = KEPT) -> dict[str, Units]:
    """The units that are kept with the sources."""
    return {name: Units(**plain) for name, plain in yaml.safe_load(file.read_text()).items()}


def main(arguments: list[str]) -> int:
    """Write the units of a run; the exit status."""
    (file,) = arguments
    rows = {row["workload"]: measured(row) for row in json.loads(Path(file).read_text())}
    print("# Written by python -m bench.units; what a part is, is said there.")
    plain = {
        name: {field: round(amount, 4) for field, amount in asdict(units).items() if amount}
        for name, units in parts(rows).items()
    }
    print(yaml.safe_dump(plain, sort_keys=False), end="")
    return 0


def _plain(units: Units) -> dict[str, float]:
    return {name: round(amount, 4) for name, amount in asdict(units).items() if amount}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
