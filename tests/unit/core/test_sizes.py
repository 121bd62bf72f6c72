"""What a field may hold: characters of JSON text, in whole kilobytes, as Mistral 23.0.0 counts (engine rules §19)."""

from __future__ import annotations

import pytest

from chalicelib.core.jsontext import Json
from chalicelib.core.sizes import check_field
from chalicelib.errors import SizeLimitExceeded

KB = 1024


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ("x" * 1000, KB),
        ("x" * (2 * KB - 3), KB),  # 2 KB less one character, with its quotes: one whole kilobyte
        ("字" * 1000, KB),  # 3,000 bytes
        ("x" * 5000, -1),
        ("x" * 5000, -KB),
    ],
)
def test_what_fits(value: str, limit: int) -> None:
    check_field("input", value, limit)


@pytest.mark.parametrize(
    ("value", "limit", "sizes"),
    [
        ("x" * (2 * KB - 2), KB, "size=2KB, limit=1KB"),
        ("字" * 4000, KB, "size=3KB, limit=1KB"),
        ({"x": "y" * 2_000_000}, KB * KB, "size=1953KB, limit=1024KB"),  # as recorded
        ("x" * KB, 0, "size=1KB, limit=0KB"),
    ],
)
def test_what_does_not_fit_never_has_the_size_of_the_limit(value: Json, limit: int, sizes: str) -> None:
    with pytest.raises(SizeLimitExceeded) as caught:
        check_field("params", value, limit)
    assert str(caught.value) == f"Field size limit exceeded [class=TaskExecution, field=params, {sizes}]"
