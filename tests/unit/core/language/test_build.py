"""Merging into specs: inheritance (§2.5), inline parameters (§3.2), clauses (§4.1), publication (§4.6)."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.jsontext import JsonDict
from chalicelib.core.language.spec import REQUIRED, Parameter, Policies, Publication, Retry, Target, WorkflowType
from tests.unit.core.language.writing import action, document, of_tasks, of_values, task, workflow

GUARD = "<% $.x %>"


@pytest.mark.parametrize(
    ("clause", "found"),
    [
        ("u", (Target("u"),)),
        (["u", {"v": GUARD}], (Target("u"), Target("v", GUARD))),
        ({"next": "u"}, (Target("u"),)),
        ({"next": ["u", {"v": GUARD}]}, (Target("u"), Target("v", GUARD))),
        ({"next": {"u": GUARD}}, (Target("u"),)),  # the guard is dropped
        ({"u": GUARD}, ()),  # a bare mapping is no transition
        ({"publish": {"branch": {"a": 1}}}, ()),
        ('fail msg="a <% $.b %>"', (Target("fail", None, {"msg": "a <% $.b %>"}),)),
        ('fail(msg="a b")', (Target("fail", None, {"msg": "a b"}),)),
        ([{'pause msg="x"': GUARD}], (Target("pause", GUARD, {"msg": "x"}),)),
        ([{"u junk": 5}], (Target("u", 5),)),  # the first word is the target
    ],
)
@pytest.mark.parametrize("key", ["on-success", "on-error", "on-complete", "on-skip"])
def test_clauses(key: str, clause: Any, found: object) -> None:
    spec = task({key: clause})
    assert getattr(spec, key.replace("-", "_")) == found


@pytest.mark.parametrize(
    ("body", "defaults", "found"),
    [
        ({"action": "x"}, {"on-error": "u"}, ("u",)),
        ({"on-error": "v"}, {"on-error": "u"}, ("v",)),  # the own clause wins
        ({"on-error": {"publish": {"branch": {"a": 1}}}}, {"on-error": "u"}, ("u",)),  # … if it names something
        ({"on-error": {"v": GUARD}}, {"on-error": "u"}, ("u",)),
        ({"action": "x"}, {"on-error": ["t", "u"]}, ("u",)),  # never to itself
        ({"on-error": "t"}, {"on-error": "u"}, ("t",)),
        ({"action": "x"}, {"on-error": {"publish": {"branch": {"a": 1}}, "next": "u"}}, ("u",)),
        ({"on-success": "v"}, {"on-error": "u"}, ("u",)),  # each clause for itself
    ],
)
def test_inherited_clauses(body: Any, defaults: Any, found: object) -> None:
    spec = task(body, task_defaults=defaults)
    assert tuple(target.name for target in spec.on_error) == found
    assert spec.has_error_clause


def test_publication_of_an_inherited_clause_is_ignored() -> None:
    spec = task({"action": "x"}, task_defaults={"on-error": {"publish": {"branch": {"a": 1}}, "next": "u"}})
    assert not spec.publish_on_error


def test_default_clauses_count_for_start_tasks() -> None:
    spec = workflow(of_tasks("a: {action: x}\nb: {action: x}\nc: {action: x}", "task-defaults: {on-error: c}"))
    assert spec.start_tasks == ("a", "b")
    assert spec.inbound == {"a": (), "b": (), "c": ("a", "b")}
    assert not spec.tasks["c"].has_error_clause


def test_inbound_names_each_task_once_and_commands_count_for_their_namesakes() -> None:
    spec = workflow(of_tasks("a: {on-success: [noop, b], on-complete: b, on-skip: b}\nb: {action: x}\nnoop: {join: 1}"))
    assert spec.inbound == {"a": (), "b": ("a",), "noop": ("a",)}
    assert spec.start_tasks == ("a",)


@pytest.mark.parametrize(
    ("body", "defaults", "found"),
    [
        ({"action": "x"}, {}, Policies()),
        ({"wait-before": 0, "timeout": 0, "pause-before": False}, {}, Policies()),  # 0 and false equal absence
        ({"wait-before": 2, "fail-on": GUARD}, {}, Policies(wait_before=2, fail_on=GUARD)),
        ({"action": "x"}, {"wait-before": 4, "concurrency": 3}, Policies(wait_before=4, concurrency=3)),
        ({"wait-before": 0, "pause-before": False}, {"wait-before": 4, "pause-before": True},
         Policies(wait_before=4, pause_before=True)),  # … and do not switch a default off
        ({"wait-after": 1}, {"wait-after": 4, "timeout": 5}, Policies(wait_after=1, timeout=5)),
        ({"retry": "count=3 delay=1"}, {}, Policies(retry=Retry(3, 1))),
        ({"retry": f"delay=2 break-on={GUARD} count=3"}, {}, Policies(retry=Retry(3, 2, GUARD))),
        ({"retry": "count=3 delay=1.5 backoff=1.5 max-delay=9 jitter=0.5"}, {},
         Policies(retry=Retry(3, 1, backoff=1.5, max_delay=9, jitter=0.5))),
        ({"action": "x"}, {"tolerate": "10%"}, Policies(tolerate="10%")),
        ({"tolerate": 2}, {"tolerate": "10%"}, Policies(tolerate=2)),
        ({"retry": {"count": 0, "delay": 1}}, {"retry": "count=3 delay=1"}, Policies(retry=Retry(0, 1))),
        ({"action": "x"}, {"retry": {"count": 1, "delay": 2, "continue-on": GUARD}},
         Policies(retry=Retry(1, 2, None, GUARD))),
    ],
)  # fmt: skip
def test_policies(body: Any, defaults: Any, found: Policies) -> None:
    assert task(body, **({"task_defaults": defaults} if defaults else {})).policies == found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"description": "x"}, ("std.noop", None, {})),  # the default action
        ({"input": {"a": 1}}, ("std.noop", None, {"a": 1})),
        ({"action": "std.echo output=1"}, ("std.echo", None, {"output": 1})),
        ({"action": 'std.echo output="in"', "input": {"output": "map", "delay": 0}},
         ("std.echo", None, {"output": "in", "delay": 0})),  # inline wins
        ({"action": 'x a=["b"]', "input": {"a": [1], "c": {"d": 1}}}, ("x", None, {"a": ["b"], "c": {"d": 1}})),
        ({"workflow": "sub n=3"}, (None, "sub", {"n": 3})),
        ({"workflow": "<% $.w %> n=3"}, (None, "<% $.w %>", {"n": 3})),
        ({"action": "x", "input": "<% $.args %>"}, ("x", None, "<% $.args %>")),
    ],
)  # fmt: skip
def test_calls(body: Any, expected: object) -> None:
    spec = task(body)
    assert (spec.action, spec.workflow, spec.input) == expected
    assert spec.kind == ("WORKFLOW" if spec.workflow else "ACTION")


S: JsonDict = {"a": "S", "s": 1, "n": {"s": 1, "x": "S"}}
F: JsonDict = {"a": "F", "f": 1, "n": {"f": 1, "x": "F"}}
C: JsonDict = {"a": "C", "c": 1, "n": {"c": 1, "x": "C"}}
G: JsonDict = {"g": 1}
H: JsonDict = {"h": 1}


@pytest.mark.parametrize(
    ("flat", "outcome", "always", "found"),
    [
        (None, None, None, Publication()),
        (F, None, None, Publication(F)),
        (None, {"branch": S}, None, Publication(S)),
        (None, None, {"branch": C}, Publication(C)),
        (None, None, {"global": G}, Publication({}, G)),
        # on-complete beats the flat key, which beats the outcome clause; nested mappings are merged
        (F, {"branch": S}, {"branch": C},
         Publication({"a": "C", "s": 1, "f": 1, "c": 1, "n": {"s": 1, "f": 1, "c": 1, "x": "C"}})),
        (F, None, {"branch": C}, Publication({"a": "C", "f": 1, "c": 1, "n": {"f": 1, "c": 1, "x": "C"}})),
        (F, None, {"global": G}, Publication(F)),  # the global part is lost
        (F, {"global": G}, None, Publication({}, G)),  # the flat key is lost
        (F, {"global": G}, {"branch": C}, Publication({}, G)),
        (None, {"branch": S}, {"global": G}, Publication(S)),  # the global part is lost
        (None, {"global": G}, {"branch": C}, Publication({}, G)),
        (None, {"branch": S, "global": G}, {"branch": {"z": 1}, "global": H}, Publication({**S, "z": 1}, G)),
        (F, {"atomic": G}, None, Publication()),  # atomic is ignored, and hides the flat key
    ],
)  # fmt: skip
@pytest.mark.parametrize("outcome_name", ["success", "error", "skip"])
def test_publication(outcome_name: str, flat: Any, outcome: Any, always: Any, found: Publication) -> None:
    body: dict[str, Any] = {"action": "x"}
    if flat:
        body["publish" if outcome_name == "success" else f"publish-on-{outcome_name}"] = flat
    if outcome:
        body[f"on-{outcome_name}"] = {"publish": outcome}
    if always:
        body["on-complete"] = {"publish": always}
    assert getattr(task(body), f"publish_on_{outcome_name}") == found


@pytest.mark.parametrize(("given", "found"), [("all", "all"), ("one", 1), (1, 1), (1.0, 1), (0, None)])
def test_join(given: Any, found: object) -> None:
    assert task({"join": given}).join == found


@pytest.mark.parametrize(
    ("body", "defaults", "keep", "safe"),
    [
        ({"action": "x"}, {}, True, False),
        ({"keep-result": False, "safe-rerun": True}, {}, False, True),
        ({"keep-result": "<% false %>", "safe-rerun": "<% false %>"}, {}, True, True),  # never evaluated
        ({"action": "x"}, {"safe-rerun": True}, True, True),
        ({"safe-rerun": False}, {"safe-rerun": True}, True, False),
    ],
)
def test_switches(body: Any, defaults: Any, keep: bool, safe: bool) -> None:
    spec = task(body, **({"task_defaults": defaults} if defaults else {}))
    assert (spec.keep_result, spec.safe_rerun) == (keep, safe)


def test_requirements_are_joined_with_the_default_ones() -> None:
    spec = task({"requires": ["u", "t"]}, type="reverse", task_defaults={"requires": ["v", "u", "t"]})
    assert spec.requires == ("u", "v")
    assert task({"requires": "u"}, type="reverse").requires == ("u",)


def test_reverse_workflow_has_no_transitions() -> None:
    spec = workflow(
        document("{type: reverse, tasks: {a: {requires: b}, b: {action: x}}, task-defaults: {on-error: a}}")
    )
    assert (spec.type, spec.start_tasks, spec.inbound) == (WorkflowType.REVERSE, (), {})
    assert spec.tasks["a"].on_error == ()


def test_workflow() -> None:
    spec = workflow(
        of_tasks(
            "t: {action: x}\nversion: {action: y}\nu: {tags: [k], target: <% $.a %>, with-items: 'i in [1]'}",
            "description: d\ntags: [k]\ninput: [a, b: 2, c: , a: 1]\nvars: {v: 1}\n"
            "output: {o: 1}\noutput-on-error: {e: 1}",
        )
    )
    assert spec.parameters == (Parameter("a", 1), Parameter("b", 2), Parameter("c", None))
    assert not spec.parameters[2].required
    assert (spec.vars, spec.output, spec.output_on_error) == ({"v": 1}, {"o": 1}, {"e": 1})
    assert (spec.tags, spec.description, spec.names) == (("k",), "d", ("t", "u"))
    u = spec.tasks["u"]
    assert (u.index, u.tags, u.target, u.with_items) == (1, ("k",), "<% $.a %>", {"i": [1]})
    assert u.body == {
        "tags": ["k"], "target": "<% $.a %>", "with-items": "i in [1]", "type": "direct", "name": "u", "version": "2.0",
    }  # fmt: skip
    assert (spec.body["name"], spec.body["version"]) == ("w", "2.0")


def test_action() -> None:
    spec = action(
        document(
            "{base: 'std.echo output=\"hi\" n=1', base-input: {output: x, d: {e: 1}}, input: [a, b: [1, 2]],"
            " output: {r: <% $ %>}, tags: [k], description: d}",
            "a",
        )
    )
    assert (spec.name, spec.base) == ("a", "std.echo")
    assert spec.base_input == {"output": "hi", "n": 1, "d": {"e": 1}}
    assert spec.parameters == (Parameter("a", REQUIRED), Parameter("b", [1, 2]))
    assert (spec.output, spec.tags, spec.description) == ({"r": "<% $ %>"}, ("k",), "d")


def test_what_json_does_not_know_is_stored_as_text() -> None:
    spec = workflow(of_tasks("t: {input: {a: [2020-01-01, {5: x}]}}"))
    assert spec.tasks["t"].input == {"a": ["2020-01-01", {"5": "x"}]}


def test_values_of_every_form() -> None:
    assert workflow(of_values({"tasks": {"t": {"action": "x"}}})).start_tasks == ("t",)
