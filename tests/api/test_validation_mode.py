"""Whether uploads are validated: the setting, `skip_validation`, and what is refused all the same.

What passes unvalidated was recorded from Mistral 23.0.0, whose 500 for what nothing can be made of is a 400 here.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.bootstrap import container
from chalicelib.settings.service import Settings
from tests.api.client import Api

HEAD = "version: '2.0'\nw:\n"
UNKNOWN_TASK = HEAD + "  tasks: {t: {action: std.noop, on-success: nope}}\n"
BOOK = "version: '2.0'\nname: b\nworkflows: {w: {tasks: {t: {action: std.noop, on-success: nope}}}}\n"


def in_mode(mode: str) -> None:
    """The API as with this `VALIDATION_MODE`."""
    container.use(replace(container.services(), settings=Settings.from_env({"VALIDATION_MODE": mode})))


@pytest.mark.parametrize(
    ("mode", "query", "status"),
    [
        ("mandatory", "", 400),
        ("mandatory", "?skip_validation=true", 400),
        ("enabled", "", 400),
        ("enabled", "?skip_validation", 201),
        ("enabled", "?skip_validation=", 201),
        ("enabled", "?skip_validation=false", 201),
        ("disabled", "", 201),
    ],
)
@pytest.mark.parametrize(("path", "text"), [("/v2/workflows", UNKNOWN_TASK), ("/v2/workbooks", BOOK)])
def test_modes(api: Api, mode: str, query: str, status: int, path: str, text: str) -> None:
    in_mode(mode)
    assert api.call("POST", path + query, text).status_code == status
    assert api.call("PUT", path + query, text).status_code == (200 if status == 201 else 400)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "  tasks: {t: {action: std.noop, workflow: x}}\n",
        HEAD + "  tasks: {t: {action: std.noop, publish: {a: <% $.a. %>}}}\n",
        HEAD + "  tasks: {}\n",
        HEAD + "  tasks: {t: {bogus: 1}}\n",
        HEAD + "  type: reverse\n  tasks: {t: {action: std.noop, requires: [z]}}\n",
        HEAD + "  tasks: {t: {action: std.noop, join: 5}}\n",
        "w: {tasks: {t: {action: std.noop}}}\n",
    ],
)
def test_what_is_stored_unvalidated(api: Api, text: str) -> None:
    in_mode("enabled")
    assert api.refused("POST", "/v2/workflows", text)[0] == 400
    api.ok("POST", "/v2/workflows?skip_validation", text)
    api.ok("PUT", "/v2/workflows/w?skip_validation", text + "# and a remark\n")
    assert api.ok("GET", "/v2/workflows/w")["definition"] == text + "# and a remark\n"


@pytest.mark.parametrize(
    ("path", "text", "part"),
    [
        ("workflows", "a: [", "Definition could not be parsed"),
        ("workflows", "", "At least one item must be in the list"),
        ("workflows", "text", "Nothing can be made of this definition"),
        ("workflows", "version: '2.0'\n", "At least one item must be in the list"),
        ("workflows", HEAD, "Nothing can be made of this definition"),
        ("workflows", HEAD + "  bogus: 1\n", "Nothing can be made of this definition"),
        ("workflows", HEAD + "  type: bad\n  tasks: {t: {action: std.noop}}\n", "Nothing can be made"),
        ("workflows", HEAD + "  tasks: {t: x}\n", "Nothing can be made of this definition"),
        ("workflows", HEAD + "  tasks: [a]\n", "Nothing can be made of this definition"),
        ("workflows", HEAD + "  input: 5\n  tasks: {t: {action: std.noop}}\n", "Nothing can be made"),
        ("workflows", "version: '2.0'\n'a b': {tasks: {t: {action: std.noop}}}\n", "must not contain spaces"),
        ("workbooks", "version: '3.0'\nname: b\n", "Unsupported DSL version: 3.0"),
        ("workbooks", "version: '2.0'\nnope: 1\n", "Nothing can be made of this definition"),
        ("actions", "version: '2.0'\nx: {}\n", "Invalid DSL"),
    ],
)
def test_what_is_refused_all_the_same(api: Api, path: str, text: str, part: str) -> None:
    in_mode("enabled")
    status, message = api.refused("POST", f"/v2/{path}?skip_validation", text)
    assert status == 400
    assert part in message


def test_validators_always_validate(api: Api) -> None:
    in_mode("disabled")
    assert not api.ok("POST", "/v2/workflows/validate?skip_validation", UNKNOWN_TASK)["valid"]
