from __future__ import annotations

import pytest

from chalicelib.actions.contract import ActionContext, Outside
from chalicelib.actions.egress import Blocked, EgressPolicy
from chalicelib.actions.errands import Command, CommandAnswer, CommandFailed, Gateway, Login, Overdue
from chalicelib.actions.registry import Registry
from chalicelib.actions.running import inline, run
from chalicelib.core.jsontext import Json
from chalicelib.errors import ActionFailed

find = Registry().find

CONTEXT = ActionContext(action_execution_id="a1", timeout=7.0)
NEEDED: dict[str, Json] = {"cmd": "ls", "host": "h", "username": "u"}
PROXIED: dict[str, Json] = {**NEEDED, "private_key_filename": "k", "gateway_host": "g"}


class FakeShell:
    def __init__(self, *answers: CommandAnswer, error: Exception | None = None) -> None:
        self.answers = list(answers)
        self.wanted: list[tuple[Command, float | None]] = []
        self._error = error

    def __call__(self, command: Command, egress: EgressPolicy, seconds: float | None) -> list[CommandAnswer]:
        self.wanted.append((command, seconds))
        if self._error:
            raise self._error
        return self.answers


def message(given: dict[str, Json], error: Exception | None = None) -> object:
    with pytest.raises(ActionFailed) as caught:
        run(find("std.ssh"), {**NEEDED, **given}, CONTEXT, Outside(command=FakeShell(error=error)))
    return caught.value.result


@pytest.mark.parametrize(
    ("name", "given", "command"),
    [
        ("std.ssh", NEEDED, Command("ls", ["h"], Login("u"))),
        ("std.ssh", {**NEEDED, "host": ["h", "i"]}, Command("ls", ["h", "i"], Login("u"))),
        (
            "std.ssh",
            {**NEEDED, "password": "p", "private_key": "text", "private_key_filename": "f"},
            Command("ls", ["h"], Login("u", "p", "text", "f")),
        ),
        ("std.ssh", {**NEEDED, "return_result_on_error": True}, Command("ls", ["h"], Login("u"), go_on=True)),
        ("std.ssh_proxied", PROXIED, Command("ls", ["h"], Login("u", key_file="k"), Gateway("g", "u"))),
        (
            "std.ssh_proxied",
            {**PROXIED, "gateway_username": "v", "proxy_command": "c", "password": "p"},
            Command("ls", ["h"], Login("u", "p", key_file="k"), Gateway("g", "v", "c")),
        ),
    ],
)
def test_command(name: str, given: dict[str, Json], command: Command) -> None:
    shell = FakeShell(CommandAnswer(0, "out\n", ""))
    run(find(name), given, CONTEXT, Outside(command=shell))
    assert shell.wanted == [(command, 7.0)]


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({"host": ["h", "i"]}, ["1", "2"]),
        (
            {"host": ["h", "i"], "return_result_on_error": True},
            [{"stdout": "1", "stderr": "e", "exit_code": 3}, {"stdout": "2", "stderr": "", "exit_code": 0}],
        ),
    ],
)
def test_results_of_several_hosts(given: dict[str, Json], result: Json) -> None:
    shell = FakeShell(CommandAnswer(3, "1", "e"), CommandAnswer(0, "2", ""))
    assert run(find("std.ssh"), {**NEEDED, **given}, CONTEXT, Outside(command=shell)) == result


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({}, "1"),
        ({"host": ["h"]}, "1"),
        ({"return_result_on_error": True}, {"stdout": "1", "stderr": "e", "exit_code": 0}),
    ],
)
def test_the_result_of_one_host_is_in_no_list(given: dict[str, Json], result: Json) -> None:
    shell = FakeShell(CommandAnswer(0, "1", "e"))
    assert run(find("std.ssh"), {**NEEDED, **given}, CONTEXT, Outside(command=shell)) == result


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "Failed to execute ssh cmd 'ls' on ['h']"),
        ({"host": ["h", "i"]}, "Failed to execute ssh cmd 'ls' on ['h', 'i']"),
        ({"host": None}, "Failed to execute ssh cmd 'ls' on [None]"),
        ({"host": []}, "Failed to execute ssh cmd 'ls' on []"),
        ({"cmd": 5}, "Failed to execute ssh cmd '5' on ['h']"),
        ({"username": None}, "Failed to execute ssh cmd 'ls' on ['h']"),
        ({"password": 5}, "Failed to execute ssh cmd 'ls' on ['h']"),
        ({"cmd": "login mellon", "password": "mellon"}, "Failed to execute ssh cmd 'login ***' on ['h']"),
    ],
)
def test_failures_tell_no_cause(given: dict[str, Json], text: str) -> None:
    expected = f"The action raised an exception [action=std.ssh, action_ex_id=a1, msg='{text}']"
    assert message(given, CommandFailed("the key 'mellon' is wrong")) == expected


@pytest.mark.parametrize(
    ("error", "text"),
    [(Blocked("Host 'h' is blocked."), "Host 'h' is blocked."), (Overdue(7.0), "Timeout after 7 seconds")],
)
def test_what_the_service_itself_refuses_is_told(error: Exception, text: str) -> None:
    assert message({}, error) == f"The action raised an exception [action=std.ssh, action_ex_id=a1, msg='{text}']"


def test_a_login_shows_no_secret() -> None:
    assert "mellon" not in repr(Login("u", "mellon", "mellon"))


@pytest.mark.parametrize(("name", "given"), [("std.ssh", NEEDED), ("std.ssh_proxied", PROXIED)])
def test_never_inside_the_step(name: str, given: dict[str, Json]) -> None:
    assert not inline(find(name), given)
