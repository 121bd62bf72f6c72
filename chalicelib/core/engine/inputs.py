"""What a task calls, and with which input (engine rules §6, §17)."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.engine import texts
from chalicelib.core.engine.answers import Answers
from chalicelib.core.engine.draft import Draft
from chalicelib.core.engine.variables import Scopes, own_environment
from chalicelib.core.expr import evaluate
from chalicelib.core.jsontext import Json, JsonDict, deep_merge
from chalicelib.core.lang.spec import TaskSpec
from chalicelib.core.model import Task
from chalicelib.errors import InputError, SizeLimitExceeded


def callee(draft: Draft, task: Task, spec: TaskSpec) -> str:
    """The name of the action or workflow of a task. Raises one of `FAULTS`."""
    called = spec.action if spec.workflow is None else spec.workflow
    name = evaluate(called, Scopes(draft).before(task), Answers(draft, task))
    return str(name)


def evaluated(draft: Draft, task: Task, spec: TaskSpec, items: Mapping[str, Json] | None = None) -> JsonDict:
    """The input of the action of a task, or for some items of it. Raises one of `FAULTS`."""
    given = evaluate(spec.input, Scopes(draft).before(task, items), Answers(draft, task))
    if not isinstance(given, dict):
        raise InputError(
            f"Wrong dynamic input for task: {task.name}. Dict type is expected. Actual type: {type(given).__name__}"
        )
    return _with_defaults(draft, spec, given)


def too_large(draft: Draft, given: Json) -> str | None:
    """What is wrong with the size of an input, which `on-error` may handle (§6, §19)."""
    try:
        texts.check_size(draft, "input", given)
    except SizeLimitExceeded as error:
        return error.message
    return None


def _with_defaults(draft: Draft, spec: TaskSpec, given: JsonDict) -> JsonDict:
    """Lay the input over `env.__actions.<name as written>` (§17)."""
    defaults = own_environment(draft).get("__actions")
    own = defaults.get(spec.action or "") if isinstance(defaults, dict) else None
    return deep_merge(own, given) if isinstance(own, dict) else given
