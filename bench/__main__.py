"""`python -m bench`, which is what `make bench` calls: the costs of all workloads."""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import sys
import time
from pathlib import Path

from bench import report, stack, target
from bench.running import measure
from bench.workloads import Workload, workloads


def main() -> int:
    """Measure, print the table, and write JSON where asked to."""
    options = _options()
    profiler = cProfile.Profile(time.process_time) if options.profile else None
    rows = []
    with target.serving() as url, stack.running(profiler) as lambdas:
        for workload in _chosen(workloads(url), options.only):
            print(f"{workload.name} ...", file=sys.stderr, flush=True)
            rows.append(report.row(measure(lambdas, workload)))
    print(report.as_markdown(rows) if options.markdown else report.as_text(rows))
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")
    if profiler is not None:
        pstats.Stats(profiler).sort_stats(options.profile).print_stats(40)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="What workloads cost in AWS price units.")
    parser.add_argument("--only", metavar="TEXT", help="workloads whose name contains TEXT")
    parser.add_argument("--json", metavar="FILE", help="write everything counted to FILE")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/reference/costs.md has it")
    parser.add_argument("--profile", metavar="ORDER", nargs="?", const="tottime", help="profile the handlers, too")
    return parser.parse_args()


def _chosen(known: list[Workload], part: str | None) -> list[Workload]:
    return [workload for workload in known if part is None or part in workload.name]


if __name__ == "__main__":
    sys.exit(main())
