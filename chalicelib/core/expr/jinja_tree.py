"""What is changed in a template's tree before it is compiled, so that no loop or value grows without being counted.

Loops pass their items through a counting filter that also knows how much fixed text each round writes; `~` goes
and the lists and mappings that a template builds go through filters, because the sandbox cannot look at those.
"""

from __future__ import annotations

from typing import cast

from jinja2 import nodes

COUNTED = "#counted"
JOINED = "#joined"
BUILT = "#built"
"""Names of the three filters; a template cannot spell them as filters."""


def bounded(template: nodes.Template) -> nodes.Template:
    """`template`, changed in place."""
    for loop in template.find_all(nodes.For):
        loop.iter = _filter(cast(nodes.Expr, loop.iter), COUNTED, nodes.Const(_fixed_text(loop)))
    _replace_inside(template)
    return template


def _filter(value: nodes.Expr, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(args), [], None, None, lineno=value.lineno)


def _fixed_text(loop: nodes.For) -> int:
    return sum(len(text.data) for part in loop.body for text in part.find_all(nodes.TemplateData))


def _replace_inside(node: nodes.Node) -> None:
    for name, value in node.iter_fields():
        if isinstance(value, list):
            setattr(node, name, [_replaced(item) for item in value])
        else:
            setattr(node, name, _replaced(value))


def _replaced(value: object) -> object:
    if not isinstance(value, nodes.Node):
        return value
    _replace_inside(value)
    if isinstance(value, nodes.Concat):
        return _filter(nodes.List(value.nodes, lineno=value.lineno), JOINED)
    if isinstance(value, (nodes.List, nodes.Dict)) or (isinstance(value, nodes.Tuple) and value.ctx == "load"):
        return _filter(value, BUILT)
    return value
