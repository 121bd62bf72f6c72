from __future__ import annotations

import pytest

from local.routes import Match, Routes

TEMPLATES = [
    "/",
    "/v2",
    "/v2/workflows",
    "/v2/workflows/{id}",
    "/v2/workflows/validate",
    "/v2/a/{x}/b/{y}",
    "/ui/{rest+}",
]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", Match("/", {})),
        ("/v2", Match("/v2", {})),
        ("/v2/", Match("/v2", {})),  # one slash at the end does not matter
        ("/v2/workflows/", Match("/v2/workflows", {})),
        ("/v2/workflows/validate", Match("/v2/workflows/validate", {})),  # a fixed segment wins
        ("/v2/workflows/a%20b", Match("/v2/workflows/{id}", {"id": "a%20b"})),  # still encoded
        ("/v2/a/1/b/2", Match("/v2/a/{x}/b/{y}", {"x": "1", "y": "2"})),
        ("/ui/css/main.css", Match("/ui/{rest+}", {"rest": "css/main.css"})),
        ("/ui/", None),
        ("/v2//workflows", None),
        ("/v2/workflows//", None),  # a parameter is never empty
        ("/v2/a/1/b", None),
        ("/v1", None),
    ],
)
def test_path_finds_its_route(path: str, expected: Match | None) -> None:
    assert Routes(TEMPLATES).match(path) == expected


@pytest.mark.parametrize(
    ("path", "template"),
    [("/x/fixed", "/x/fixed"), ("/x/other", "/x/{one}"), ("/x/other/more", "/{all+}")],
)
def test_the_more_specific_route_wins(path: str, template: str) -> None:
    found = Routes(["/{all+}", "/x/{one}", "/x/fixed"]).match(path)
    assert found
    assert found.template == template
