"""`meltemi-worker module:worker`: runs a worker in threads, or in several processes of such, until SIGTERM."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from meltemi_worker import logs, queues
from meltemi_worker.actions import Worker
from meltemi_worker.announce import NotAnnounced, announce
from meltemi_worker.loading import NotStarted, load
from meltemi_worker.logs import Counts, log
from meltemi_worker.queues import Queue
from meltemi_worker.reports import Api, Reporter
from meltemi_worker.runner import Runner

METRICS_SECONDS = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; the exit status: 1 (and a line that says why) if it cannot start, 2 for wrong options."""
    parser = _options()
    options = parser.parse_args(arguments)
    if not options.queue:
        parser.error("--queue or MELTEMI_QUEUE must name the queue")
    if options.announce and not options.api:
        parser.error("--announce needs --api or MELTEMI_API: the address of the API, https://…/v2")
    logs.set_up()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sys.path.insert(0, os.getcwd())
    try:
        worker = load(options.worker)
        queue = queues.open_queue(options.queue, 4 * options.threads)
        if options.announce:
            announce(worker, options.api, options.token)
    except (NotStarted, NotAnnounced) as error:
        print(f"meltemi-worker: {error}", file=sys.stderr)
        return 1
    if options.processes > 1:
        return _parent(options, queue, stop)
    return _work(options, worker, queue, stop)


def _options() -> argparse.ArgumentParser:
    env = os.environ
    parser = argparse.ArgumentParser("meltemi-worker", description="Runs a worker of Meltemi.")
    parser.add_argument("worker", help="where the Worker is: module:name")
    parser.add_argument("--queue", default=env.get("MELTEMI_QUEUE"), help="name or URL of its queue")
    parser.add_argument(
        "--api", default=env.get("MELTEMI_API"), help="address of the API, https://…/v2; none: only queues"
    )
    parser.add_argument("--threads", type=int, default=4, help="orders at a time in a process (4)")
    parser.add_argument("--processes", type=int, default=1, help="processes (1)")
    parser.add_argument("--grace", type=float, default=25.0, help="seconds to finish after SIGTERM (25)")
    parser.add_argument("--poll", type=int, default=20, help="seconds that an empty queue is waited for (20)")
    parser.add_argument("--announce", action="store_true", help="store the definitions of its actions first")
    parser.add_argument(
        "--token", default=env.get("MELTEMI_TOKEN"), help="API token, for --announce; better MELTEMI_TOKEN"
    )
    return parser


def _work(options: argparse.Namespace, worker: Worker, queue: Queue, stop: threading.Event) -> int:
    """Run the threads of this process; what has not ended when the grace has is handed back."""
    counts = Counts(worker.target)
    reporter = Reporter(queue.sqs, Api(options.api) if options.api else None)
    runner = Runner(worker, queue.sqs, queue.url, reporter, counts, poll_seconds=options.poll)
    threads = [threading.Thread(target=runner.run, name=f"worker {n}", daemon=True) for n in range(options.threads)]
    for thread in threads:
        thread.start()
    log.info("ready", extra={"ids": {"target": worker.target, "actions": len(worker.actions)}})
    while not stop.wait(METRICS_SECONDS):
        _print(counts)
    runner.stopping.set()
    _join(threads, options.grace)
    left = runner.busy
    runner.hand_back()
    _print(counts)
    log.info("stopped", extra={"ids": {"left": left}})
    sys.stdout.flush()
    os._exit(0)  # a poll or a function that goes on must not keep the process


def _join(threads: Sequence[threading.Thread], grace: float) -> None:
    """Wait for jobs to end, and for polls, as what a poll brings after the end would be lost for a while."""
    end = time.monotonic() + grace
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))


def _print(counts: Counts) -> None:
    if line := counts.line():
        print(line, flush=True)


def _parent(options: argparse.Namespace, queue: Queue, stop: threading.Event) -> int:
    """Keep several processes alive; one that dies is replaced after a second."""
    command = [sys.executable, "-m", "meltemi_worker", options.worker, "--threads", str(options.threads)]
    command += ["--grace", str(options.grace), "--poll", str(options.poll), "--queue", queue.url]
    command += ["--api", options.api] if options.api else []
    children = [subprocess.Popen(command) for _ in range(options.processes)]
    while not stop.wait(1):
        for place, child in enumerate(children):
            if child.poll() is not None:
                log.error("a process died", extra={"ids": {"pid": child.pid, "status": child.returncode}})
                children[place] = subprocess.Popen(command)
    for child in children:
        child.terminate()
    return max(child.wait() for child in children)


if __name__ == "__main__":
    sys.exit(main())
