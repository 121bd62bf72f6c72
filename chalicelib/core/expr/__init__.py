"""YAQL and Jinja2 expressions, sandboxed and bounded."""

from chalicelib.core.expr.evaluation import chance
from chalicelib.core.expr.limits import Limits
from chalicelib.core.expr.syntax import is_expression
from chalicelib.core.expr.walk import check_expression, evaluate

__all__ = ["Limits", "chance", "check_expression", "evaluate", "is_expression"]
