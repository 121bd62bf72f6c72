"""What is changed in a template's tree before it is compiled, so that a loop cannot run on without being counted.

Loops pass their items through a counting filter that also knows how much fixed text each round writes; `~` goes
through a filter, because, unlike the other operators, it gives the sandbox no chance to look at its operands.
"""

from __future__ import annotations

from typing import cast

from jinja2 import nodes

COUNTED = "#counted"
JOINED = "#joined"
"""Names of the two filters; a template cannot spell them as filters."""


def bounded(template: nodes.Template) -> nodes.Template:
    """`template`, changed in place."""
    for loop in template.find_all(nodes.For):
        loop.iter = _filter(cast(nodes.Expr, loop.iter), COUNTED, nodes.Const(_fixed_text(loop)))
    _replace_joins(template)
    return template


def _filter(value: nodes.Expr, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(args), [], None, None, lineno=value.lineno)


def _fixed_text(loop: nodes.For) -> int:
    return sum(len(text.data) for part in loop.body for text in part.find_all(nodes.TemplateData))


def _replace_joins(node: nodes.Node) -> None:
    for name, value in node.iter_fields():
        if isinstance(value, list):
            setattr(node, name, [_joined(item) for item in value])
        else:
            setattr(node, name, _joined(value))


def _joined(value: object) -> object:
    if not isinstance(value, nodes.Node):
        return value
    _replace_joins(value)
    if isinstance(value, nodes.Concat):
        return _filter(nodes.List(value.nodes, lineno=value.lineno), JOINED)
    return value
