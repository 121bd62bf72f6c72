"""YAQL: one engine and one library per process, made at first use; parsed expressions are kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from threading import RLock
from typing import Any, TypeVar

from yaql.language import exceptions, utils
from yaql.language.factory import YaqlFactory

from chalicelib.core.expr.evaluation import Evaluation
from chalicelib.core.expr.hints import of_yaql
from chalicelib.core.expr.limits import Limits
from chalicelib.core.expr.plain import to_json, to_native
from chalicelib.core.expr.syntax import yaql_blocks
from chalicelib.core.expr.yaql_data import Root, frozen
from chalicelib.core.expr.yaql_library import Scope, SharedLimit, library
from chalicelib.core.expr.yaql_tree import quickened
from chalicelib.core.jsontext import Json
from chalicelib.errors import ExpressionError, Retryable

T = TypeVar("T")
_LONGEST_REASON = 1000
_parser_lock = RLock()
"""The generated parser keeps its state in itself."""


def check(text: str) -> None:
    """Parse every block of `text`. Raises `ExpressionError` with the parser's words."""
    for block in yaql_blocks(text):
        try:
            _parsed(block)
        except Exception as error:
            raise ExpressionError(_reason(error)) from error


def evaluate(text: str, run: Evaluation) -> Json:
    """The value of a `text` that is one block, else the text with each block replaced by its value."""
    blocks = yaql_blocks(text)
    if text == f"<%{blocks[0]}%>":
        return _value(blocks[0], run, to_json)
    for block in blocks:
        if f"<%{block}%>" in text:
            text = _value(block, run, partial(_inserted, text, block))
    return text


def _inserted(text: str, block: str, value: object, run: Evaluation) -> str:
    """`text` with every occurrence of `block` replaced by the text of `value`."""
    marked, written = f"<%{block}%>", str(to_native(value, run))
    run.meter.check_size(len(text) + text.count(marked) * len(written))
    return text.replace(marked, written)


def _value(block: str, run: Evaluation, finish: Callable[[object, Evaluation], T]) -> T:
    expression = block.strip()
    try:
        return finish(_parsed(expression)(utils.NO_VALUE, _scope(run), _engine()), run)
    except Retryable:
        raise
    except Exception as error:
        text = f"Can not evaluate YAQL expression [expression={expression}, error={_reason(error)}]"
        raise ExpressionError(text, of_yaql(_unwrapped(error))) from error


def _scope(run: Evaluation) -> Scope:
    if run.yaql_root is None:
        run.yaql_root = Root(run.data) if isinstance(run.data, Mapping) else frozen(run.data)
    scope: Scope = _library().create_child_context()
    scope["$"] = run.yaql_root
    return scope


def _unwrapped(error: Exception) -> Exception:
    if isinstance(error, exceptions.WrappedException):
        wrapped: Exception = error.wrapped
        return wrapped
    return error


def _reason(error: Exception) -> str:
    error = _unwrapped(error)
    if isinstance(error, RecursionError):
        return "the expression is nested too deeply"
    return str(error)[:_LONGEST_REASON] or type(error).__name__


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> Any:
    engine = _engine()
    with _parser_lock:
        return quickened(engine.parser.parse(expression, lexer=engine.lexer))


@cache
def _library() -> Scope:
    return library()


def _engine() -> Any:
    with _parser_lock:
        return _made_engine()


@cache
def _made_engine() -> Any:
    options = {"yaql.limitIterators": SharedLimit(sys.maxsize), "yaql.memoryQuota": Limits().memory}
    return YaqlFactory(keyword_operator="=>", allow_delegates=False).create(options)
