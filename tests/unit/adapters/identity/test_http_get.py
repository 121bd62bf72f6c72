"""How identity providers are asked: over real HTTP."""

from __future__ import annotations

import pytest

from chalicelib.adapters.identity.http_get import MAX_BYTES, ask
from chalicelib.errors import Unavailable
from tests.providers.serving import Answer, Asked, serving


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (Answer(200, {"a": 1}), 200, {"a": 1}),
        (Answer(404, {"error": "no"}), 404, {"error": "no"}),
        (Answer(200, [1]), 200, {}),
        (Answer(302, {}, {"Location": "/other"}), 302, {}),
    ],
)
def test_what_comes_back(answer: Answer, status: int, body: object) -> None:
    seen: list[Asked] = []

    def reply(asked: Asked) -> Answer:
        seen.append(asked)
        return answer

    with serving(reply) as url:
        assert ask(f"{url}/x", {"X-Auth-Token": "t"}) == (status, body)
    assert [(asked.path, asked.headers["x-auth-token"]) for asked in seen] == [("/x", "t")], (
        "redirects are not followed"
    )


def test_too_much_is_not_read() -> None:
    with serving(lambda _: Answer(200, "x" * MAX_BYTES)) as url, pytest.raises(Unavailable, match="too much"):
        ask(url, {})


def test_nobody_there_and_what_was_sent_is_not_told() -> None:
    with serving(lambda _: Answer(200)) as url:
        pass
    with pytest.raises(Unavailable) as caught:
        ask(url, {"X-Auth-Token": "secret"})
    assert "secret" not in str(caught.value)
    with pytest.raises(Unavailable):
        ask(url, {"X-Auth-Token": "two\nlines"})
