"""The shape of every object of the language, as data: which keys it may have, and the rule of each value.

The tables follow the language description: values types §1.7, workflow §2.1, task defaults §2.5, task §3.1, clauses
§4.1, ad-hoc action §7, workbook §8. What a shape cannot say (targets that exist, joins, expressions) is not here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.core.language.rules import (
    Fault,
    Rule,
    Shape,
    any_of,
    anything,
    between,
    boolean,
    every,
    json_value,
    listing,
    natural,
    one_of,
    show,
    text,
    word,
)

PLAIN_KEY = re.compile(r"^\w+$")
"""Only values of such keys have to be JSON; others escape the check."""

FILLED = text()
NAMES = listing(FILLED)
NAME_OR_NAMES = one_of(FILLED, NAMES)
DICT = Shape(patterns=((PLAIN_KEY, json_value),), filled=True)
PARAMETERS = listing(one_of(FILLED, Shape(patterns=((PLAIN_KEY, json_value),), filled=True, single=True)))

EXPRESSION = one_of(text(r"^({{(.*?)}})\s*$"), text(r"^<%.*?%>\s*$"))
COUNT = one_of(EXPRESSION, natural)
SWITCH = one_of(EXPRESSION, boolean)
BACKOFF = between(1, 1000)
JITTER = one_of(boolean, between(0, 1))
TOLERANCE = one_of(natural, text(r"^(100(\.0+)?|\d{1,2}(\.\d+)?)%$"))
"""A number, or a percentage of up to 100%."""

VERSION = any_of(FILLED, natural, between(0))
COMMON = {"name": FILLED, "version": VERSION, "description": FILLED, "tags": NAMES}

TARGET_SHAPES = (r"^\S+$", r"^\w+ \w+=(.*)$", r"^\w+\(\w+=(.*)\)$")
TARGET = one_of(
    *map(text, TARGET_SHAPES),
    shown=("a name (`task1`)", 'a name with parameters (`fail msg="x"`)', 'a call (`fail(msg="x y")`)'),
)
GUARDED = Shape(patterns=tuple((re.compile(each), EXPRESSION) for each in TARGET_SHAPES), filled=True, single=True)
TARGETS = listing(one_of(TARGET, GUARDED))
NEXT = one_of(TARGET, GUARDED, TARGETS)
PUBLISH = Shape({"branch": DICT, "global": DICT, "atomic": DICT, **COMMON}, others=None)
ADVANCED = Shape({"publish": PUBLISH, "next": NEXT}, filled=True, others=None)
CLAUSE = one_of(
    TARGET,
    GUARDED,
    TARGETS,
    ADVANCED,
    shown=("a target", "a guarded target", "a list of targets", "a mapping of `publish` and `next`"),
)

RETRY = one_of(
    Shape(
        {
            "count": COUNT,
            "delay": COUNT,
            "break-on": EXPRESSION,
            "continue-on": EXPRESSION,
            "backoff": one_of(EXPRESSION, BACKOFF),
            "max-delay": COUNT,
            "jitter": one_of(EXPRESSION, JITTER),
        },
        required=("delay", "count"),
        others=None,
    ),
    FILLED,
)

CLAUSES = {"on-complete": CLAUSE, "on-success": CLAUSE, "on-error": CLAUSE, "on-skip": CLAUSE}
POLICIES: dict[str, Rule] = {
    "retry": RETRY,
    "wait-before": COUNT,
    "wait-after": COUNT,
    "timeout": COUNT,
    "pause-before": SWITCH,
    "concurrency": COUNT,
    "tolerate": one_of(EXPRESSION, TOLERANCE),
    "fail-on": SWITCH,
}


def _one_call(value: object) -> Sequence[Fault]:
    """A task has an action or a workflow (or neither), not both."""
    if not isinstance(value, dict) or not ("action" in value and "workflow" in value):
        return ()
    each = "{'type': 'object', 'required': ['workflow']}, {'type': 'object', 'required': ['action']}"
    return (Fault(lambda: f"{show(value)} is valid under each of {each}", weak=True),)


_TASK: dict[str, Rule] = {
    "type": anything,  # always the injected one
    "action": FILLED,
    "workflow": FILLED,
    "input": one_of(DICT, FILLED),
    "with-items": NAME_OR_NAMES,
    "publish": DICT,
    "publish-on-error": DICT,
    "publish-on-skip": DICT,
    **POLICIES,
    "target": FILLED,
    "keep-result": SWITCH,
    "safe-rerun": SWITCH,
    **COMMON,
}
DIRECT_TASK = every(
    Shape({**_TASK, "join": one_of(word("all", "one"), natural), **CLAUSES}, others=None),
    _one_call,
)
REVERSE_TASK = every(Shape({**_TASK, "requires": NAME_OR_NAMES}, others=None), _one_call)

TASK_DEFAULTS = Shape({**POLICIES, **CLAUSES, "safe-rerun": SWITCH, "requires": NAME_OR_NAMES, **COMMON}, others=None)

WORKFLOW = Shape(
    {
        "tasks": Shape(patterns=((PLAIN_KEY, DICT),), filled=True),
        "task-defaults": DICT,
        "input": PARAMETERS,
        "output": DICT,
        "output-on-error": DICT,
        "vars": DICT,
        "tags": NAMES,
    },
    required=("tasks",),
)

ADHOC_ACTION = Shape(
    {"base": FILLED, "base-input": DICT, "input": PARAMETERS, "output": json_value, **COMMON},
    required=("base",),
    others=None,
)

DOCUMENT = Shape({"version": VERSION}, required=("version",), others=DICT)
"""A list of workflows or of ad-hoc actions."""


def _given(value: object) -> Sequence[Fault]:
    """Any JSON value but null: what a workbook's member is, is checked with the member."""
    faults = json_value(value)
    if value is not None or faults:
        return faults
    return (Fault(lambda: "None is not valid under any of the given schemas", weak=True),)


_MEMBERS = Shape(
    patterns=(
        (re.compile(r"^version$"), word("2.0", 2.0)),
        (re.compile(r"^(?!version$)[\w-]+$"), _given),
    ),
    filled=True,
    others=None,
)
WORKBOOK = every(
    Shape({"actions": _MEMBERS, "workflows": _MEMBERS, **COMMON}, others=None),
    Shape(required=("name", "version")),
)
