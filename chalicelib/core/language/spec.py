"""Frozen specs: what a definition says, after every default is merged and every static rule was checked.

Nothing here parses or checks; `parse.py` and `build.py` make these from text and from the stored body.
Expressions stay text: the engine evaluates them. Durations are seconds. Rule numbers in the docstrings point to the
language rules (`docs/reference/contract/language.md`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.core.jsontext import Json, JsonDict


class WorkflowType(StrEnum):
    """How the order of tasks is given: by transitions, or by requirements of a target task."""

    DIRECT = "direct"
    REVERSE = "reverse"


class Required:
    """The default of an input that has none."""


REQUIRED = Required()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared input; `default` is `REQUIRED` or the literal default (never evaluated)."""

    name: str
    default: Json | Required = REQUIRED

    @property
    def required(self) -> bool:
        """Whether a caller has to give this input."""
        return isinstance(self.default, Required)


@dataclass(frozen=True, slots=True)
class Target:
    """One entry of an `on-*` clause: where to go, under which guard, with which parameters (`msg`)."""

    name: str
    guard: Json = None
    params: Mapping[str, Json] = field(default_factory=dict)


def defaults_of(parameters: Iterable[Parameter]) -> JsonDict:
    """The parameters that need not be given, with their literal defaults."""
    return {each.name: each.default for each in parameters if not isinstance(each.default, Required)}


COMMANDS = frozenset({"noop", "fail", "succeed", "pause"})
"""Engine commands; as a target they win over a task of the same name."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a task publishes when it ends in one given state, every place of publication merged (§4.6)."""

    branch: Mapping[str, Json] = field(default_factory=dict)
    everywhere: Mapping[str, Json] = field(default_factory=dict)
    """The `global` scope."""

    def __bool__(self) -> bool:
        return bool(self.branch or self.everywhere)


@dataclass(frozen=True, slots=True)
class Retry:
    """The retry policy; every field is a literal or an expression. `backoff`, `max_delay`, `jitter`: not in Mistral."""

    count: Json
    delay: Json
    break_on: Json = None
    continue_on: Json = None
    backoff: Json = None
    max_delay: Json = None
    jitter: Json = None


@dataclass(frozen=True, slots=True)
class Policies:
    """Policies of a task with the defaults of `task-defaults` merged in; `None` means absent."""

    pause_before: Json = None
    wait_before: Json = None
    wait_after: Json = None
    timeout: Json = None
    concurrency: Json = None
    tolerate: Json = None
    """How many items may fail, as a number or a percentage; not in Mistral."""
    fail_on: Json = None
    retry: Retry | None = None


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A task of a workflow, everything inherited already merged."""

    name: str
    index: int
    """Position in the document, from 0."""
    body: JsonDict
    """The task as stored and shown by the API: own keys plus injected `name`, `version`, `type`."""
    action: str | None = None
    """Name or expression, without inline parameters; `std.noop` where the text gives neither action nor workflow."""
    workflow: str | None = None
    input: Json = field(default_factory=dict)
    """A mapping (inline parameters merged over `input`) or an expression text that yields one."""
    with_items: Mapping[str, Json] = field(default_factory=dict)
    """Item variable to source: an expression text or a literal list."""
    on_success: tuple[Target, ...] = ()
    on_error: tuple[Target, ...] = ()
    on_complete: tuple[Target, ...] = ()
    on_skip: tuple[Target, ...] = ()
    publish_on_success: Publication = Publication()
    publish_on_error: Publication = Publication()
    publish_on_skip: Publication = Publication()
    join: int | str | None = None
    """`None`, `"all"` or how many inbound tasks (`one` is 1, `0` is `None`)."""
    requires: tuple[str, ...] = ()
    policies: Policies = Policies()
    target: Json = None
    keep_result: bool = True
    safe_rerun: bool = False
    tags: tuple[str, ...] = ()
    has_error_clause: bool = False
    """Whether an `on-error` clause (own or inherited) names at least one target, guards aside."""

    @property
    def kind(self) -> str:
        """`ACTION` or `WORKFLOW`, as the API names the type of a task execution."""
        return "WORKFLOW" if self.workflow is not None else "ACTION"


@dataclass(frozen=True, slots=True)
class WorkflowSpec:
    """A workflow definition, ready to run."""

    name: str
    type: WorkflowType
    body: JsonDict
    """The definition as stored and shown by the API, with injected `name`, `version` and per task `type`."""
    tasks: Mapping[str, TaskSpec]
    """In document order; `TaskSpec.index` is the position."""
    start_tasks: tuple[str, ...] = ()
    """Direct workflows: tasks that no clause names, in document order."""
    inbound: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Direct workflows: task to the distinct tasks that name it in any clause, in document order."""
    parameters: tuple[Parameter, ...] = ()
    output: Mapping[str, Json] | None = None
    output_on_error: Mapping[str, Json] | None = None
    vars: Mapping[str, Json] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    description: Json = None

    @property
    def defaults(self) -> JsonDict:
        """Inputs that need not be given, with their literal defaults."""
        return defaults_of(self.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """Task names by index."""
        return tuple(self.tasks)


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An ad-hoc action: a base action with its input and output reshaped."""

    name: str
    body: JsonDict
    base: str
    base_input: Mapping[str, Json] = field(default_factory=dict)
    """`base-input` with the inline parameters of `base` merged over it."""
    parameters: tuple[Parameter, ...] = ()
    output: Json = None
    tags: tuple[str, ...] = ()
    description: Json = None

    @property
    def defaults(self) -> JsonDict:
        """Inputs that need not be given, with their literal defaults."""
        return defaults_of(self.parameters)


@dataclass(frozen=True, slots=True)
class Definition:
    """One member of a document, with the text that is stored for it (§9.4)."""

    spec: WorkflowSpec | ActionSpec
    text: str


@dataclass(frozen=True, slots=True)
class WorkbookSpec:
    """A workbook; the names of its members already carry the prefix `<workbook>.`."""

    name: str
    body: JsonDict
    workflows: tuple[Definition, ...] = ()
    actions: tuple[Definition, ...] = ()
    tags: tuple[str, ...] = ()
    description: Json = None
