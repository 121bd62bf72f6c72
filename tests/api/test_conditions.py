"""`If-Match`: definitions are changed only in the version that the caller knows."""

from __future__ import annotations

import pytest

from tests.api.client import Api

WORKFLOW = "version: '2.0'\nw:\n  tasks: {t: {action: std.noop}}\n"
WORKBOOK = "version: '2.0'\nname: b\nworkflows: {w: {tasks: {t: {action: std.noop}}}}\n"
ACTION = "version: '2.0'\na:\n  base: std.noop\n"
NEWS = "# and a remark\n"

KINDS = pytest.mark.parametrize(
    ("made", "path", "place", "change"),
    [
        (WORKFLOW, "/v2/workflows", "/w", "/v2/workflows"),
        (WORKFLOW, "/v2/workflows", "/w", "/v2/workflows/w"),
        (WORKBOOK, "/v2/workbooks", "/b", "/v2/workbooks"),
        (ACTION, "/v2/actions", "/a", "/v2/actions"),
        (ACTION, "/v2/actions", "/a", "/v2/actions/a"),
        ({"name": "e", "variables": {"a": 1}}, "/v2/environments", "/e", "/v2/environments"),
    ],
)


def changed(body: object, times: int) -> object:
    return body + NEWS * times if isinstance(body, str) else {"name": "e", "variables": {"a": times}}


@KINDS
def test_of_two_who_know_the_same_version_one_changes_it(
    api: Api, made: object, path: str, place: str, change: str
) -> None:
    api.ok("POST", path, made)
    known = api.call("GET", path + place).headers["ETag"]
    api.ok("PUT", change, changed(made, 2), If_Match=known)
    after = api.call("GET", path + place)
    assert after.headers["ETag"] != known
    for refused in (
        api.refused("PUT", change, changed(made, 3), If_Match=known),
        api.refused("DELETE", path + place, If_Match=f'"other", {known}'),
    ):
        assert refused == (412, "The object is not in the version that If-Match names; read it again.")
    assert api.call("GET", path + place).body == after.body
    assert api.call("DELETE", path + place, If_Match="W/" + after.headers["ETag"]).status_code == 204


@KINDS
def test_any_version_is_one_that_is_there(api: Api, made: object, path: str, place: str, change: str) -> None:
    assert api.refused("PUT", change, made, If_Match="*")[0] == 404
    api.ok("POST", path, made)
    api.ok("PUT", change, changed(made, 2), If_Match="*")
    assert api.call("DELETE", path + place, If_Match="*").status_code == 204


def test_one_that_was_made_again_is_another(api: Api) -> None:
    api.ok("POST", "/v2/workflows", WORKFLOW)
    known = api.call("GET", "/v2/workflows/w").headers["ETag"]
    api.call("DELETE", "/v2/workflows/w")
    api.ok("POST", "/v2/workflows", WORKFLOW)
    assert api.refused("PUT", "/v2/workflows", WORKFLOW, If_Match=known)[0] == 412


def test_the_reply_to_a_change_has_the_tag_of_the_new_version(api: Api) -> None:
    api.ok("POST", "/v2/workbooks", WORKBOOK)
    told = api.call("PUT", "/v2/workbooks", WORKBOOK + NEWS).headers["ETag"]
    assert api.call("GET", "/v2/workbooks/b", If_None_Match=told).status_code == 304


def test_of_several_workflows_each_has_to_be_known(api: Api) -> None:
    both = WORKFLOW + WORKFLOW.replace("version: '2.0'\nw", "v")
    api.ok("POST", "/v2/workflows", both)
    tags = [api.call("GET", f"/v2/workflows/{name}").headers["ETag"] for name in ("v", "w")]
    more = both.replace("std.noop", "std.fail")
    assert api.refused("PUT", "/v2/workflows", more, If_Match=tags[0])[0] == 412
    api.ok("PUT", "/v2/workflows", more, If_Match=", ".join(tags))


def test_what_is_built_in_has_a_tag_too(api: Api) -> None:
    tag = api.call("GET", "/v2/actions/std.echo").headers["ETag"]
    assert api.call("GET", "/v2/actions/std.echo", If_None_Match=tag).status_code == 304
