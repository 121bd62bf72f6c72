"""How long a function takes to start: `python -m bench.cold [--times 5]`.

Each function is started in fresh processes, as Lambda would, with bytecode as the bundle has it and without. Counted is
processor time, the least of several starts, as other programs on this machine disturb that little.

    load    import app, which in a deployed function also makes the client of the store
    ready   until the services exist that its first call uses
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
USED: Mapping[str, tuple[str, ...]] = {
    "api": ("identities", "policy", "queries", "executions"),
    "step": ("advance", "removal"),
    "execute": ("executor", "loose_runner"),
    "timers": ("ports", "cron_firing", "workers"),
    "notify": ("notifier",),
    "listen": ("event_firing",),
    "results": ("workers",),
    "dead_letters": ("sweeper", "loose_runner", "cron_firing", "workers"),
    "tick": ("timers", "cron_firing", "sweeper", "maintenance", "expiration"),
}
"""The functions, and which services their first call asks for."""

CHILD = """
import json, sys, time
began = time.process_time()
import app
loaded = time.process_time()
from chalicelib.bootstrap import container
for name in sys.argv[1:]:
    getattr(container.services(), name)
ready = time.process_time()
print(json.dumps([(loaded - began) * 1000, (ready - began) * 1000, len(sys.modules)]))
"""
ENVIRONMENT = {
    "AUTH_MODE": "token",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "METRICS": "false",
}


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a function, in milliseconds of processor time."""

    load: float
    ready: float
    modules: int


def least(function: str, times: int, cache: str, bytecode: bool = True) -> Start:
    """The quickest of several starts; `cache` is a folder for bytecode, which a start before them fills."""
    if bytecode:
        started(function, cache, True)
    return min((started(function, cache, bytecode) for _ in range(times)), key=lambda start: start.ready)


def started(function: str, cache: str, bytecode: bool) -> Start:
    """Start a function in a process of its own."""
    env = {**os.environ, **ENVIRONMENT, "PYTHONPYCACHEPREFIX": cache}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    if not bytecode:
        env |= {"PYTHONPYCACHEPREFIX": str(Path(cache) / "none"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", CHILD, *USED[function]]
    found = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return Start(*json.loads(found.stdout))


def main() -> None:
    """Print the table of docs/reference/costs.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.cold", description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="starts of each function (5)")
    times = parser.parse_args().times
    print("| function | load ms | ready ms | ready ms without bytecode | modules |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as cache:
        for function in USED:
            kept, none = least(function, times, cache), least(function, 1, cache, bytecode=False)
            row = (function, round(kept.load), round(kept.ready), round(none.ready), kept.modules)
            print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()
