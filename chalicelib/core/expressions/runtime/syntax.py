"""Which strings are expressions, and of which language (language rules §10.1 and §10.2).

An expression has to begin and end on one line. Ends are looked up, not matched by a regular expression: that one
would look for a missing end once for each beginning, which takes minutes for a long text.
"""

from __future__ import annotations

from collections.abc import Iterator

_JINJA_STATEMENT = ("{%", "%}")
_JINJA = ("{{", "}}")
_YAQL = ("<%", "%>")


def yaql_blocks(text: str) -> list[str]:
    """What stands between each `<%` and the next `%>`."""
    return list(_blocks(text, *_YAQL))


def jinja_blocks(text: str) -> list[str]:
    """What stands between each `{{` and the next `}}`."""
    return list(_blocks(text, *_JINJA))


def is_yaql(text: str) -> bool:
    """Whether `text` contains a YAQL expression."""
    return _has(text, *_YAQL)


def is_jinja(text: str) -> bool:
    """Whether `text` contains a Jinja expression or statement."""
    return _has(text, *_JINJA) or _has(text, *_JINJA_STATEMENT)


def is_expression(text: str) -> bool:
    """Whether `text` contains an expression of either language."""
    return is_yaql(text) or is_jinja(text)


def _has(text: str, opener: str, closer: str) -> bool:
    return opener in text and next(_blocks(text, opener, closer), None) is not None


def _blocks(text: str, opener: str, closer: str) -> Iterator[str]:
    """As `re.findall(opener + "(.*?)" + closer)` finds them, in linear time."""
    for line in text.split("\n"):
        end = 0
        while (start := line.find(opener, end)) >= 0:
            close = line.find(closer, start + len(opener))
            if close < 0:
                break
            yield line[start + len(opener) : close]
            end = close + len(closer)
