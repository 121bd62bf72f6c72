"""Lists: the link to the next page, and what of a filter the store is asked."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.api.client import Api
from tests.api.test_workflows import create, names, text


def test_next_is_in_the_form_that_clients_of_mistral_take_apart(api: Api) -> None:
    for name in ("one", "two"):
        create(api, name)
    page = api.ok("GET", "/v2/workflows?limit=1&sort_keys=id,name&fields=name")
    marker = page["workflows"][0]["id"]
    assert page["next"] == (
        f"http://api.example/v2/workflows?sort_keys=id,name&sort_dirs=asc,asc&limit=1&marker={marker}&fields=id,name"
    )


def test_next_repeats_every_parameter(api: Api) -> None:
    for name in ("one", "two", "three"):
        create(api, name)
    first = api.ok(
        "GET", "/v2/workflows?limit=1&name=in:one,two%25,three&sort_keys=created_at&fields=name&scope=private"
    )
    assert [list(item) for item in first["workflows"]] == [["id", "name"]]
    link = urlsplit(first["next"])
    assert (link.scheme, link.netloc, link.path) == ("http", "api.example", "/v2/workflows")
    assert {key: values[-1] for key, values in parse_qs(link.query).items()} == {
        "limit": "1",
        "name": "in:one,two%,three",
        "sort_keys": "created_at,id",
        "sort_dirs": "asc,asc",
        "fields": "id,name",
        "scope": "private",
        "marker": first["workflows"][0]["id"],
    }
    second = api.ok("GET", f"{link.path}?{link.query}")
    assert names(second) == ["three"]
    link = urlsplit(second["next"])
    assert api.ok("GET", f"{link.path}?{link.query}") == {"workflows": []}


def test_executions_of_a_workflow_are_found_by_its_name_while_it_has_had_no_other(api: Api) -> None:
    made = create(api, "w")
    path = f"/v2/executions?workflow_id={made['id']}"
    api.ok("GET", path)
    api.ok("PUT", f"/v2/workflows/{made['id']}", text("v"))
    api.ok("GET", path)
    api.ok("PUT", f"/v2/workflows/{made['id']}", text("v", "std.fail"))
    api.ok("GET", path)
    api.ok("GET", f"{path}&workflow_name=v")
    assert [selection.workflow for selection in api.runs.selections] == ["w", None, None, "v"]
