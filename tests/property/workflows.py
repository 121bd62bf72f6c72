"""Random direct workflows of actions that need nothing outside: forks, joins, handlers, loops, commands."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.unit.core.engine.adhoc_shelf import Shelf

CLAUSES = ("on-success", "on-error", "on-complete")
ACTIONS = ("std.noop", "std.noop", "std.fail", "std.async_noop", "std.async_noop", "calm", "asked", "broken", "lost")
LIBRARY = Shelf("""
    calm: {base: std.noop, output: [<% $ %>]}
    asked: {base: question, base-input: {of: me}, output: {answer: <% $ %>}}
    question: {input: [of], base: std.async_noop, output: "<% $ %>"}
    broken: {base: std.fail}
    lost: {base: lost}
""").library
"""The built-in actions, and ad-hoc ones over them."""
COMMANDS = ("noop", "pause", "fail", "succeed")
POLICIES: dict[str, Any] = {
    "wait-before": 1,
    "wait-after": 1,
    "timeout": 5,
    "pause-before": True,
    "fail-on": "<% $.get(v0) = null %>",
    "retry": {"count": 2, "delay": 1},
}
LOOPS = 2
"""How often a loop is gone through again."""


@dataclass(frozen=True)
class Shape:
    """What may occur in a workflow."""

    loops: bool = True
    commands: bool = True
    several: bool = True
    """Whether a task that is no join may have several inbound edges, and a join may need less than all."""
    policies: bool = True
    items: bool = True


FREE = Shape()
TIMELESS = Shape(policies=False, items=False)
CALM = Shape(loops=False, commands=False, several=False, policies=False, items=False)
"""Without races: whatever order independent things happen in, the outcome is the same."""


@st.composite
def documents(draw: st.DrawFn, shape: Shape = FREE) -> str:
    """The text of a workflow list with one workflow."""
    count = draw(st.integers(2, 7))
    tasks: dict[str, dict[str, Any]] = {f"t{place}": _task(draw, place, shape) for place in range(count)}
    inbound: dict[int, list[int]] = {place: [] for place in range(count)}
    for source, target in _edges(draw, count):
        edges = 1 if not shape.several else draw(st.integers(1, 5)) // 4 + 1
        for _ in range(edges):
            _add(draw, tasks[f"t{source}"], f"t{target}")
        inbound[target] += [source] * edges
    for place, sources in inbound.items():
        _join(draw, tasks[f"t{place}"], sources, shape)
    if shape.commands:
        for _ in range(draw(st.integers(0, 2))):
            source = draw(st.integers(0, count - 1))
            _add(draw, tasks[f"t{source}"], draw(st.sampled_from(COMMANDS)))
    if shape.loops and draw(st.booleans()):
        _loop(draw, tasks, count)
    body: dict[str, Any] = {"tasks": tasks}
    return yaml.safe_dump({"version": "2.0", "wf": body}, sort_keys=False)


def _task(draw: st.DrawFn, place: int, shape: Shape) -> dict[str, Any]:
    task: dict[str, Any] = {"action": draw(st.sampled_from(ACTIONS))}
    if draw(st.booleans()):
        large = draw(st.booleans())
        task["publish"] = {f"v{place}": f"v{place}" * (20 if large else 1), "d": {f"k{place}": place}}
    if shape.policies and draw(st.integers(0, 2)) == 0:
        chosen = draw(st.lists(st.sampled_from(list(POLICIES)), unique=True, min_size=1, max_size=3))
        task |= {name: deepcopy(POLICIES[name]) for name in chosen}
    if shape.items and draw(st.integers(0, 4)) == 0:
        task |= {"with-items": "i in <% [1, 2, 3] %>", "concurrency": draw(st.integers(0, 2))}
    if draw(st.integers(0, 3)) == 0:
        task["publish-on-error"] = {f"e{place}": place}
    return task


def _edges(draw: st.DrawFn, count: int) -> list[tuple[int, int]]:
    pairs = [(source, target) for target in range(1, count) for source in range(target)]
    return draw(st.lists(st.sampled_from(pairs), unique=True, max_size=2 * count))


def _add(draw: st.DrawFn, task: dict[str, Any], target: str) -> None:
    guards = st.sampled_from([None, None, None, "<% true %>", "<% false %>", "<% $.get(v0) = null %>"])
    guard = draw(guards)
    entry = target if guard is None else {target: guard}
    clause = task.setdefault(draw(st.sampled_from(CLAUSES)), [])
    if entry not in clause:
        clause.append(entry)


def _join(draw: st.DrawFn, task: dict[str, Any], sources: list[int], shape: Shape) -> None:
    distinct = len(set(sources))
    if not shape.several:
        if distinct > 1:
            task["join"] = "all"
    elif distinct and draw(st.booleans()):
        task["join"] = draw(st.sampled_from(["all", "all", "one", draw(st.integers(1, distinct))]))


def _loop(draw: st.DrawFn, tasks: dict[str, dict[str, Any]], count: int) -> None:
    """An edge back, followed while a counter in the branch is small."""
    source = draw(st.integers(1, count - 1))
    target = draw(st.integers(1, source))
    task = tasks[f"t{source}"]
    counted = {"n": "<% $.get(n, 0) + 1 %>"}
    task["publish"] = {**task.get("publish", {}), **counted}
    task["publish-on-error"] = {**task.get("publish-on-error", {}), **counted}
    task.setdefault("on-complete", []).append({f"t{target}": f"<% $.get(n, 0) <= {LOOPS} %>"})
