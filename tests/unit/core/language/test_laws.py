"""Laws: a spec restored from its stored body is the parsed one; no text raises anything but a refusal; speed."""

from __future__ import annotations

import json
import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.language import action_spec, parse_actions, parse_workbook, parse_workflows, workflow_spec
from chalicelib.core.language.spec import ActionSpec, WorkflowSpec
from tests.unit.core.language.writing import of_values, refusal, workflow

GUARDS = st.sampled_from(["<% $.x %>", "{{ _.x }}", "<% $.a > 1 %>"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["v", "<% $.a %>", "{{ _.b }}", "é"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=4,
)
DICTS = st.dictionaries(st.sampled_from("abcd"), VALUES, min_size=1, max_size=3)
NAMES = st.sampled_from(["t0", "t1", "t2", "noop", "fail", "succeed", 'fail msg="a b"', "pause"])
TARGETS = st.lists(NAMES | st.builds(lambda name, guard: {name: guard}, NAMES, GUARDS), min_size=1, max_size=3,
                   unique_by=repr)  # fmt: skip
SCOPES = st.dictionaries(st.sampled_from(["branch", "global", "atomic"]), DICTS, min_size=1)
ADVANCED = st.builds(lambda scopes, following: {"publish": scopes, "next": following}, SCOPES, NAMES | TARGETS)
CLAUSES: st.SearchStrategy[Any] = NAMES | TARGETS | ADVANCED
COUNTS = st.integers(0, 5) | GUARDS
SWITCHES = st.booleans() | GUARDS
POLICIES: dict[str, st.SearchStrategy[Any]] = {
    "retry": st.sampled_from([{"count": 1, "delay": "<% 1 %>", "break-on": "<% $.x %>"}, "count=2 delay=1 backoff=2"]),
    "wait-before": COUNTS,
    "timeout": COUNTS,
    "concurrency": COUNTS,
    "tolerate": COUNTS | st.just("10%"),
    "pause-before": SWITCHES,
    "fail-on": SWITCHES,
    "safe-rerun": SWITCHES,
    **{key: CLAUSES for key in ("on-success", "on-error", "on-complete", "on-skip")},
}


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    """A task that may use everything at once."""
    calls = st.sampled_from(["std.noop", "std.echo output=<% $.x %>", "<% $.n %> a=[1, 2]"])
    rest: dict[str, st.SearchStrategy[Any]] = {
        **POLICIES,
        "input": DICTS,
        "with-items": st.sampled_from(["i in [1, 2]", ["i in <% $.l %>", "j in {{ _.m }}"]]),
        "publish": DICTS,
        "publish-on-error": DICTS,
        "publish-on-skip": DICTS,
        "keep-result": SWITCHES,
        "join": st.sampled_from([0, 1]),
        "target": GUARDS,
        "tags": st.just(["a", "b"]),
    }
    keys = draw(st.sets(st.sampled_from(sorted(rest)), max_size=6))
    return {"action": draw(calls), **{key: draw(rest[key]) for key in sorted(keys)}}


@st.composite
def workflows(draw: st.DrawFn) -> dict[str, Any]:
    """A workflow whose only sure start task is `start`."""
    rest: dict[str, st.SearchStrategy[Any]] = {
        "input": st.just(["a", {"b": [1]}]),
        "output": DICTS,
        "output-on-error": DICTS,
        "vars": DICTS,
    }
    keys = draw(st.sets(st.sampled_from(sorted(rest))))
    defaults = draw(st.sets(st.sampled_from(sorted(POLICIES)), max_size=3))
    values = {key: draw(rest[key]) for key in sorted(keys)}
    if defaults:
        values["task-defaults"] = {key: draw(POLICIES[key]) for key in sorted(defaults)}
    inner = {name: draw(tasks()) for name in ("t0", "t1", "t2")}
    return {**values, "tasks": {**inner, "start": {"on-success": "t0"}}}


@settings(max_examples=60, deadline=None)
@given(workflows())
def test_restored_workflow_equals_the_parsed_one(values: dict[str, Any]) -> None:
    text = of_values(values)
    message = refusal(text)
    if message:
        assert message.startswith(("Not enough inbound tasks", "Failed to find start tasks"))
        return
    spec = workflow(text)
    assert workflow_spec(json.loads(json.dumps(spec.body))) == spec
    assert workflow_spec(json.loads(json.dumps(spec.body, sort_keys=False))).names == spec.names


@settings(max_examples=30, deadline=None)
@given(DICTS, VALUES)
def test_restored_action_equals_the_parsed_one(values: dict[str, Any], output: Any) -> None:
    body = {"base": "std.echo a=1", "base-input": values, "output": output, "input": ["x", {"y": output}]}
    (definition,) = parse_actions(json.dumps({"version": "2.0", "a": body}))
    assert isinstance(definition.spec, ActionSpec)
    assert action_spec(json.loads(json.dumps(definition.spec.body))) == definition.spec


def test_restored_member_of_a_workbook_equals_the_parsed_one() -> None:
    book = parse_workbook(
        "version: '2.0'\nname: b\nworkflows: {w: {tasks: {t: {action: a}}}}\nactions: {a: {base: std.noop}}"
    )
    (flow,), (action,) = book.workflows, book.actions
    assert isinstance(flow.spec, WorkflowSpec)
    assert workflow_spec(flow.spec.body) == flow.spec
    assert action_spec(action.spec.body) == action.spec


PIECES = st.sampled_from(
    [
        "version: '2.0'\n", "name: b\n", "w:\n", "  tasks:\n", "    t:\n", "      action: x a=1\n", "workflows:\n",
        "actions:\n", "on-success: ", "[", "]", "{", "}", "- ", "? ", ": ", "&a ", "*a", "<% $ %>", "{{ _ }}", "!!int ",
        "!!set ", "!!omap ", "!!binary ", "<<: ", "~", "1:2:3", "2020-13-45", "\t", "\n", "  ", "'", '"', "\\ud800",
        "|", ">", "%", "@", "---\n", "é", "\x00", "\x85", "with-items: i in [", "retry: count=", "join: all\n", ".nan",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (parse_workflows, parse_actions, parse_workbook):
        refusal(text, read)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "action",
                "input",
                "with-items",
                "retry",
                "join",
                "on-success",
                "publish",
                "tags",
                "wait-before",
                "keep-result",
                "requires",
                "workflow",
            ]
        ),
        VALUES | CLAUSES,
    )
)
def test_any_task_is_read_or_refused(body: dict[str, Any]) -> None:  # fmt: skip
    refusal(of_values({"tasks": {"t": body, "t0": {"action": "x"}}}))


def test_large_workflows_are_quick() -> None:
    tasks = {
        f"t{at}": {
            "action": f'std.echo output="<% $.a + {at} %>"',
            "publish": {f"v{at}": "<% task().result * 2 %>"},
            "on-success": [{f"t{at + 1}": f"<% $.v{at} > 3 %>"}] if at < 999 else "noop",
        }
        for at in range(1000)
    }
    text = of_values({"tasks": tasks})
    before = time.process_time()
    spec = workflow(text)
    parsed = time.process_time()
    workflow_spec(spec.body)
    restored = time.process_time()
    assert parsed - before < 4  # about half a second on an idle machine
    assert restored - parsed < 0.5  # about 30 ms
