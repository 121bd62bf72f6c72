"""YAQL and Jinja2 expressions, sandboxed and bounded."""

from chalicelib.core.expressions.evaluate import check_expression, evaluate
from chalicelib.core.expressions.runtime.evaluation import chance
from chalicelib.core.expressions.runtime.limits import Limits
from chalicelib.core.expressions.runtime.syntax import is_expression

__all__ = ["Limits", "chance", "check_expression", "evaluate", "is_expression"]
