"""Jinja2: one environment per process, made at first use; compiled expressions and templates are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache, wraps
from typing import Any

from jinja2 import Template, TemplateError, pass_context
from jinja2.environment import TemplateExpression
from jinja2.runtime import Context

from chalicelib.core.expressions.jinja.data import View
from chalicelib.core.expressions.jinja.sandbox import BoundedEnvironment
from chalicelib.core.expressions.runtime.evaluation import Evaluation, current
from chalicelib.core.expressions.runtime.functions import FUNCTIONS
from chalicelib.core.expressions.runtime.hints import of_jinja
from chalicelib.core.expressions.runtime.syntax import jinja_blocks
from chalicelib.core.expressions.runtime.to_json import to_json
from chalicelib.core.jsontext import Json
from chalicelib.errors import ExpressionError, Retryable

_LONGEST_REASON = 1000
_NO_CONTEXT_NEEDED = frozenset({"uuid", "json_parse", "json_dump", "yaml_parse", "yaml_dump", "tasks", "executions"})
_TASK = "__task_execution"


def check(text: str) -> None:
    """Parse `text` as a template. Raises `ExpressionError` with the parser's words."""
    try:
        _environment().parse(text)
    except TemplateError as error:
        raise ExpressionError(f"Syntax error '{error}'.") from error
    except Exception as error:
        raise ExpressionError(f"Syntax error '{_reason(error)}'.") from error


def evaluate(text: str, run: Evaluation) -> Json:
    """The value of a `text` that is one `{{ }}`, else the rendered template."""
    try:
        block = jinja_blocks(text)[0]  # a text with statements only fails here, as it does in Mistral
        if text == "{{" + block + "}}":
            return to_json(_compiled(block)(_=_root(run)), run)
        rendered = _template(text).render(_=_root(run))
        run.meter.check_size(len(rendered))
        return rendered
    except Retryable:
        raise
    except Exception as error:
        reason = _reason(error)
        whole = f"Can not evaluate Jinja expression [expression={text}, error={reason}]"
        raise ExpressionError(whole, of_jinja(error)) from error


def _root(run: Evaluation) -> object:
    return View(run.data) if isinstance(run.data, Mapping) else run.data


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the expression is nested too deeply"
    return str(error)[:_LONGEST_REASON] or type(error).__name__


@lru_cache(maxsize=1024)
def _compiled(block: str) -> TemplateExpression:
    return _environment().compile_expression(block, undefined_to_none=False)


@lru_cache(maxsize=1024)
def _template(text: str) -> Template:
    return _environment().from_string(text)


@cache
def _environment() -> BoundedEnvironment:
    environment = BoundedEnvironment()
    for name, function in {**FUNCTIONS, "task": _task}.items():
        environment.globals[name] = function
        environment.filters[name] = _as_filter(name, function)
    return environment


def _task(task_name: str | None = None) -> Json:
    """As in Mistral, Jinja's `task()` needs a current task; in a workflow's output there is none."""
    data = current().data
    if not isinstance(data, Mapping) or _TASK not in data:
        missing = KeyError(_TASK)
        missing.add_note("There is no current task here, and Jinja's task() needs one: <% task(name) %> needs none.")
        raise missing
    return current().asks.task(task_name)


def _as_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter's piped value stands where the function has its context: it is never an argument."""

    @pass_context
    @wraps(function)
    def filtered(context: Context, piped: object, *args: Any, **kwargs: Any) -> Any:
        if name not in _NO_CONTEXT_NEEDED and not isinstance(piped, View):
            raise TypeError(f"{name}() as a filter can only be applied to _")
        return function(*args, **kwargs)

    return filtered
