"""What a task remembers of its items, as a plain value and back."""

from __future__ import annotations

from chalicelib.adapters.dynamo.codec import Plain, value_in, value_out
from chalicelib.core.items import Items


def items_out(items: Items | None) -> Plain | None:
    """What a task remembers of its items, as it is written."""
    if items is None:
        return None
    plain = {
        "nm": items.name,
        "so": value_out(items.sources),
        "co": items.count,
        "ba": items.base,
        "st": items.started,
        "en": items.ended,
        "fa": items.failed,
        "pa": items.paused,
        "li": items.concurrency,
        "ok": items.tolerated,
        "to": items.timeout,
        "wi": items.wiped,
        "re": items.redone,
        "se": items.seen,
        "do": None if items.done is None else value_out(items.done),
    }
    return {name: value for name, value in plain.items() if value}


def items_in(plain: Plain | None) -> Items | None:
    """What a task remembers of its items, as it was written."""
    if plain is None:
        return None
    return Items(
        name=plain.get("nm", ""),
        sources=value_in(plain["so"]),
        count=plain.get("co", 0),
        base=plain.get("ba", 0),
        started=plain.get("st", 0),
        ended=plain.get("en", 0),
        failed=plain.get("fa", 0),
        paused=plain.get("pa", 0),
        concurrency=plain.get("li", 0),
        tolerated=plain.get("ok", 0),
        timeout=plain.get("to", 0),
        wiped=plain.get("wi", 0),
        redone=plain.get("re", 0),
        seen=plain.get("se", 0),
        done=value_in(plain["do"]) if "do" in plain else None,
    )
