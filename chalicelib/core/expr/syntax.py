"""Which strings are expressions, and of which language (language rules §10.1 and §10.2).

A dot of the patterns never matches a line end: an expression has to begin and end on one line.
"""

from __future__ import annotations

import re

YAQL_BLOCK = re.compile(r"<%(.*?)%>")
JINJA_BLOCK = re.compile(r"\{\{(.*?)\}\}")
_JINJA_ANY = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


def is_yaql(text: str) -> bool:
    """Whether `text` contains a YAQL expression."""
    return "<%" in text and YAQL_BLOCK.search(text) is not None


def is_jinja(text: str) -> bool:
    """Whether `text` contains a Jinja expression or statement."""
    return "{" in text and _JINJA_ANY.search(text) is not None


def is_expression(text: str) -> bool:
    """Whether `text` contains an expression of either language."""
    return is_yaql(text) or is_jinja(text)
