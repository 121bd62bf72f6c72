from __future__ import annotations

import pytest

from chalicelib.actions.registry import Registry
from chalicelib.actions.run_action import inline, run
from chalicelib.actions.runtime.action_type import ActionContext, Outside
from chalicelib.actions.runtime.egress import Blocked, EgressPolicy
from chalicelib.actions.runtime.gateways import Command, CommandAnswer, CommandFailed, Gateway, Login, Overdue
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
        ("std.ssh", {**NEEDED, "port": "2222"}, Command("ls", ["h"], Login("u"), port=2222)),
        ("std.ssh_proxied", PROXIED, Command("ls", ["h"], Login("u", key_file="k"), Gateway("g", "u"))),
        (
            "std.ssh_proxied",
            {**PROXIED, "gateway_username": "v", "proxy_command": "c", "password": "p"},
            Command("ls", ["h"], Login("u", "p", key_file="k"), Gateway("g", "v", "c")),
        ),
        (
            "std.ssh_proxied",
            {**PROXIED, "port": 2222, "gateway_port": 2200},
            Command("ls", ["h"], Login("u", key_file="k"), Gateway("g", "u", port=2200), port=2222),
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
        ({}, "'ls' on ['h']: mellon is wrong: boom, mellon"),
        ({"host": ["h", "i"]}, "'ls' on ['h', 'i']: mellon is wrong: boom, mellon"),
        ({"host": None}, "'ls' on [None]: host must be text"),
        ({"host": []}, "'ls' on []: host is an empty list"),
        ({"cmd": 5}, "'5' on ['h']: cmd must be text"),
        ({"username": None}, "'ls' on ['h']: username must be text"),
        ({"password": 5}, "'ls' on ['h']: password must be text"),
        *(
            ({"port": port}, "'ls' on ['h']: port must be a number from 1 to 65535")
            for port in (0, 65536, -1, 2.5, "x", "", None, True, "9" * 9999, "²")
        ),
        ({"cmd": "login mellon", "password": "mellon"}, "'login ***' on ['h']: *** is wrong: boom, ***"),
    ],
)
def test_failures_tell_the_cause(given: dict[str, Json], text: str) -> None:
    shown = f"Failed to execute ssh cmd {text}"
    expected = f"The action raised an exception [action=std.ssh, action_ex_id=a1, msg='{shown}']"
    assert message(given, CommandFailed("mellon is wrong", "boom, mellon")) == expected


def test_the_log_tells_the_cause_but_neither_the_command_nor_what_it_printed(caplog: pytest.LogCaptureFixture) -> None:
    message({"cmd": "echo key", "password": "mellon"}, CommandFailed("mellon is wrong", "printed"))
    (line,) = caplog.messages
    assert line == "the command of action execution a1 failed: *** is wrong"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            Blocked("Host 'h' is blocked."),
            "Failed to execute ssh cmd 'ls' on ['h']: not allowed by the egress policy: Host 'h' is blocked.",
        ),
        (Overdue(7.0), "Timeout after 7 seconds"),
    ],
)
def test_what_the_service_itself_refuses_is_told(error: Exception, text: str) -> None:
    assert message({}, error) == f"The action raised an exception [action=std.ssh, action_ex_id=a1, msg='{text}']"


def test_a_login_shows_no_secret() -> None:
    assert "mellon" not in repr(Login("u", "mellon", "mellon"))


@pytest.mark.parametrize(("name", "given"), [("std.ssh", NEEDED), ("std.ssh_proxied", PROXIED)])
def test_never_inside_the_step(name: str, given: dict[str, Json]) -> None:
    assert not inline(find(name), given)
