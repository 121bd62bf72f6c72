"""Names and bodies that cannot be taken, and names that are addresses of something else."""

from __future__ import annotations

import json

import pytest

from tests.api.client import Api

ADMIN = {"x_roles": "admin"}
HALF = "x\ud83d"
"""Ends with the first half of a character, as JSON can spell it."""
WORKFLOW = "version: '2.0'\n{name}:\n  tasks:\n    t:\n      action: std.noop\n"
ACTION = "version: '2.0'\n{name}:\n  base: std.noop\n"
WORKBOOK = "version: '2.0'\nname: {name}\n"
UUID = "11111111-0000-4000-8000-000000000001"
EVENT = {"exchange": "x", "topic": "t", "event": "e", "workflow_id": UUID}
CRON = {"name": "c", "workflow_name": "w", "pattern": "0 * * * *"}


@pytest.mark.parametrize(
    ("path", "member", "others"),
    [
        ("environments", "name", {}),
        ("executions", "id", {"workflow_name": "w"}),
        ("executions", "workflow_id", {}),
        ("executions", "workflow_name", {}),
        ("executions", "workflow_namespace", {"workflow_name": "w"}),
        ("executions", "source_execution_id", {}),
        ("executions/bulk", "action", {"filter": {"state": "ERROR"}}),
        ("cron_triggers", "name", CRON),
        ("cron_triggers", "workflow_name", CRON),
        ("cron_triggers", "pattern", CRON),
        ("cron_triggers", "timezone", CRON),
        *[("event_triggers", member, EVENT) for member in ("name", *EVENT)],
        ("action_executions", "name", {}),
        ("action_executions", "workflow_namespace", {"name": "std.noop"}),
        ("dynamic_actions", "name", {"class_name": "C", "code_source_name": "s"}),
        ("dynamic_actions", "class_name", {"name": "d", "code_source_name": "s"}),
        ("dynamic_actions", "code_source_name", {"name": "d", "class_name": "C"}),
    ],
)
def test_half_a_character_in_a_name_is_refused_by_name(
    api: Api, path: str, member: str, others: dict[str, object]
) -> None:
    status, text = api.refused("POST", f"/v2/{path}", {**others, member: HALF}, **ADMIN)
    assert (status, text) == (
        400,
        f"Invalid input for field/attribute {member}. Value: '{HALF}'. "
        "It holds half of a character, a surrogate, which no other side can read.",
    )


def test_what_is_no_name_may_hold_half_a_character(api: Api) -> None:
    made = api.ok("POST", "/v2/environments", {"name": "e", "description": HALF, "variables": {HALF: HALF}})
    assert (made["description"], json.loads(made["variables"])) == (HALF, {HALF: HALF})


@pytest.mark.parametrize("name", [".", ".."])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("workflows", WORKFLOW),
        ("actions", ACTION),
        ("workbooks", WORKBOOK),
        ("environments", {"name": "{name}"}),
        ("cron_triggers", {**CRON, "name": "{name}"}),
        ("code_sources?name={name}", "x = 1"),
        ("dynamic_actions", {"name": "{name}", "class_name": "C", "code_source_name": "s"}),
    ],
)
def test_names_that_no_address_can_end_in_are_refused(api: Api, name: str, path: str, body: object) -> None:
    api.ok("POST", "/v2/workflows", WORKFLOW.format(name="w"))
    api.ok("POST", "/v2/code_sources?name=s", "class C: pass", **ADMIN)
    if isinstance(body, str):
        sent: object = body.format(name=f"'{name}'")
    else:
        sent = json.loads(json.dumps(body).replace("{name}", name))
    status, text = api.refused("POST", f"/v2/{path.format(name=name)}", sent, **ADMIN)
    assert (status, text) == (400, f"'{name}' cannot be a name: no address can end in it")


def test_nothing_is_renamed_to_what_no_address_can_end_in(api: Api) -> None:
    api.ok("POST", "/v2/workflows", WORKFLOW.format(name="w"))
    assert api.refused("PUT", "/v2/workflows/w", WORKFLOW.format(name="'..'"))[0] == 400
    assert api.ok("GET", "/v2/workflows/w")["name"] == "w"


@pytest.mark.parametrize(("path", "text"), [("workflows", WORKFLOW), ("actions", ACTION), ("workbooks", WORKBOOK)])
def test_a_definition_called_validate_is_read_changed_and_removed_as_any_other(api: Api, path: str, text: str) -> None:
    api.ok("POST", f"/v2/{path}", text.format(name="validate"))
    assert api.ok("GET", f"/v2/{path}/validate")["name"] == "validate"
    assert api.ok("POST", f"/v2/{path}/validate", text.format(name="other")) == {"valid": True}
    if path != "workbooks":
        api.ok("PUT", f"/v2/{path}/validate", text.format(name="validate") + "  description: new\n")
    assert api.call("DELETE", f"/v2/{path}/validate").status_code == 204
    assert api.call("GET", f"/v2/{path}/validate").status_code == 404


LATIN = "Zürich".encode("latin-1")


@pytest.mark.parametrize(
    ("path", "body", "media_type"),
    [
        ("workflows", WORKFLOW.format(name="w").encode() + b"# " + LATIN, "text/plain"),
        ("workflows/validate", b"# " + LATIN, "text/plain"),
        ("code_sources?name=s", b"# " + LATIN, "text/plain"),
        ("environments", b'{"name": "' + LATIN + b'"}', "application/json"),
        ("signals/k", b'"' + LATIN + b'"', "application/json"),
        ("environments", '{"name": "\ufffd"}'.encode(), "application/json"),
    ],
)
def test_bodies_that_are_not_utf8_are_refused(api: Api, path: str, body: bytes, media_type: str) -> None:
    """The gateway replaces what is no UTF-8, so what stands for that cannot be told from it."""
    passed_on = body.decode(errors="replace").encode()
    headers = {"host": "api.example", "content-type": media_type, "x-roles": "admin"}
    for sent in (body, passed_on):
        reply = api.client.http.request("POST", f"/v2/{path}", headers, sent)
        assert reply.status_code == 400, reply.body
        assert reply.json_body["faultstring"].startswith("The request body is not UTF-8 text")


def test_the_escape_of_the_replacement_character_is_taken(api: Api) -> None:
    assert api.ok("POST", "/v2/environments", {"name": "\ufffd"})["name"] == "\ufffd"


@pytest.mark.parametrize("media_type", ["", "application/x-www-form-urlencoded"])
def test_who_sends_json_as_a_form_is_told_the_type_that_is_wanted(api: Api, media_type: str) -> None:
    status, text = api.refused("POST", "/v2/environments", {"name": "e"}, content_type=media_type)
    assert (status, text.splitlines()) == (
        400,
        ['Unknown argument: "{"name": "e"}"', "Send the body with Content-Type: application/json"],
    )
