"""The workloads: what is run, how often, and what it may cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

INLINE_AIM = 2.0
DISPATCHED_AIM = 5.0
"""Dollars per million tasks, API Gateway and the actions' own time left out."""

CONTEXT_BYTES = 100 * 1024


@dataclass(frozen=True)
class Workload:
    """Executions of one workflow, all started before any of them is carried on."""

    name: str
    text: str
    tasks: int
    """Task executions of one execution."""
    executions: int = 1
    input: dict[str, Any] = field(default_factory=dict)
    aim: float = INLINE_AIM
    items: int = 1
    """Items of each task; each counts as a task in what one costs."""
    inside: int = 0
    """Tasks in all sub-executions together."""
    batch: int = 10
    """Messages a poller hands over at most."""

    @property
    def all_tasks(self) -> int:
        return (self.tasks * self.items + self.inside) * self.executions


def workloads(target: str) -> list[Workload]:
    """All of them; `target` is the URL that std.http calls."""
    return [
        Workload("chain 10", chain(10), 10),
        Workload("chain 100", chain(100), 100),
        Workload("chain 1000", chain(1000), 1000),
        Workload("fan-out 10", fan_out(10), 10),
        Workload("fan-out 100", fan_out(100), 100),
        Workload("fan-out 1000", fan_out(1000), 1000),
        Workload("fan-out 100 + join", fan_out(100, join=True), 101),
        Workload("fan-out 1000 + join", fan_out(1000, join=True), 1001),
        Workload("100 x 3 tasks, data flow", data_flow(), 3, executions=100, input={"name": "world", "count": 3}),
        Workload("chain 200, 100 KB context", big_context(200), 200),
        Workload("chain 200, counter only", big_context(200, size=1), 200),
        Workload("50 x std.http", http(50, target), 50, aim=DISPATCHED_AIM),
        Workload("20 levels", levels(20), 1, inside=19),
        Workload("items over 100 workflows", items_over_workflows(100), 1, inside=100),
        Workload("items over 1000 workflows", items_over_workflows(1000), 1, inside=1000),
        Workload("items 10", items(10), 1, items=10),
        Workload("items 1000", items(1000), 1, items=1000),
        Workload("items 10000", items(10_000), 1, items=10_000),
        Workload("50 layers x 9 + join", layers(50, 9), 500),
        Workload("500 layers x 9 + join", layers(500, 9), 5000),
        Workload("1000 x 3 tasks, data flow", data_flow(), 3, executions=1000, input={"name": "world", "count": 3}),
        Workload("50 x std.http, batches of 1", http(50, target), 50, aim=DISPATCHED_AIM, batch=1),
    ]


RATIOS = (
    ("chain 1000", "chain 10", 1.2),
    ("fan-out 1000", "fan-out 10", 1.2),
    ("fan-out 1000 + join", "fan-out 100 + join", 1.2),
    ("chain 200, 100 KB context", "chain 200, counter only", 1.2),
    ("items 10000", "items 10", 1.2),
    ("items over 1000 workflows", "items over 100 workflows", 1.2),
    ("500 layers x 9 + join", "50 layers x 9 + join", 1.2),
    ("1000 x 3 tasks, data flow", "100 x 3 tasks, data flow", 1.2),
)
"""Cost per task of the first over that of the second, and the aim."""


def chain(length: int) -> str:
    """Tasks of std.noop, one after the other."""
    return _document("chain", (_noop(n, [f"t{n + 1}"] if n + 1 < length else []) for n in range(length)))


def fan_out(width: int, join: bool = False) -> str:
    """Tasks of std.noop, all at once; with a task that joins them if so wished."""
    tasks = [_noop(n, ["joined"] if join else []) for n in range(width)]
    if join:
        tasks.append("    joined:\n      join: all\n      action: std.noop\n")
    return _document("fan_out", tasks)


def layers(depth: int, width: int) -> str:
    """Layers of `width` tasks, each joined by one that leads to the next layer."""
    tasks = []
    for layer in range(depth):
        members = [layer * (width + 1) + n for n in range(width)]
        join = members[-1] + 1
        after = [f"t{join + 1 + n}" for n in range(width)] if layer + 1 < depth else []
        tasks += [_noop(n, [f"t{join}"]) for n in members]
        tasks.append(f"    t{join}:\n      join: all\n{_noop(join, after).partition(chr(10))[2]}")
    return _document("layers", tasks)


def data_flow() -> str:
    """Three tasks that hand values on."""
    return """---
version: "2.0"
data_flow:
  input: [name, count]
  output:
    greeting: <% $.greeting %>
    total: <% $.total %>
  tasks:
    greet:
      action: std.echo output=<% "Hello " + $.name %>
      publish:
        greeting: <% task().result %>
      on-success: [count_up]
    count_up:
      action: std.echo output=<% $.count + 1 %>
      publish:
        total: <% task().result %>
      on-success: [report]
    report:
      action: std.echo
      input:
        output:
          text: <% $.greeting %>
          times: "{{ _.total }}"
"""


def big_context(length: int, size: int = CONTEXT_BYTES) -> str:
    """A chain that carries a variable of `size` bytes along and counts in another one."""
    tasks = []
    for n in range(length):
        published = {"n": "<% $.n + 1 %>"}
        if n == 0:
            published = {"big": f'<% "x" * {size} %>', "n": "1"}
        lines = [f"    t{n}:", "      action: std.noop", "      publish:"]
        lines += [f"        {name}: {value}" for name, value in published.items()]
        lines += [f"      on-success: [t{n + 1}]"] if n + 1 < length else []
        tasks.append("\n".join(lines) + "\n")
    return _document("big_context", tasks, "  output:\n    n: <% $.n %>\n")


def http(width: int, target: str) -> str:
    """Tasks of std.http, all at once: dispatched to the executor."""
    return _document("http", (f'    t{n}:\n      action: std.http url="{target}"\n' for n in range(width)))


def items(count: int) -> str:
    """One task with items of std.noop; an item counts as a task."""
    task = f"    each:\n      with-items: i in <% range({count}) %>\n      action: std.noop\n"
    return _document("items", [task])


def items_over_workflows(count: int) -> str:
    """One task that runs a workflow of one task for each of its items."""
    each = f"    each:\n      with-items: i in <% range({count}) %>\n      workflow: small{count}\n"
    return _document(f"family{count}", [each]) + f"small{count}:\n  tasks:\n{_noop(0, [])}"


def levels(count: int) -> str:
    """Workflows that call one another, so many levels deep, each with one task."""
    calls = [f"  tasks:\n    call:\n      workflow: level{n + 1}\n" for n in range(1, count)]
    calls.append(f"  tasks:\n{_noop(0, [])}")
    return '---\nversion: "2.0"\n' + "".join(f"level{n}:\n{call}" for n, call in enumerate(calls, 1))


def _document(name: str, tasks: Iterable[str], head: str = "") -> str:
    return f'---\nversion: "2.0"\n{name}:\n{head}  tasks:\n{"".join(tasks)}'


def _noop(number: int, after: list[str]) -> str:
    following = f"      on-success: [{', '.join(after)}]\n" if after else ""
    return f"    t{number}:\n      action: std.noop\n{following}"
