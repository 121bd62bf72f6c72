"""Real commands on real SSH servers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.actions.connecting import Shell
from chalicelib.actions.egress import Blocked, EgressPolicy
from chalicelib.actions.errands import Command, CommandAnswer, CommandFailed, Gateway, Login, Overdue
from tests.unit.actions.sshd import PHRASE, USER, PasswordServer, Sshd

HERE = EgressPolicy.of(allow_loopback=True)


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    server = Sshd.start(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


def shell(port: int, folder: Path = Path("/nowhere"), max_bytes: int = 5_000_000) -> Shell:
    return Shell(port, folder, max_bytes, resolve=lambda host, port: ["127.0.0.1"])


def command(sshd: Sshd, text: str = "echo hi", key: str = "ed25519") -> Command:
    return Command(text, ["one.test"], Login(USER, key=sshd.key(key)))


def details(sshd: Sshd, text: str) -> CommandAnswer:
    (answer,) = shell(sshd.port)(replace(command(sshd, text), go_on=True), HERE, 20.0)
    return answer


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_keys(sshd: Sshd, kind: str) -> None:
    assert shell(sshd.port)(command(sshd, key=kind), HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]


def test_a_password_opens_a_key(sshd: Sshd) -> None:
    login = Login(USER, PHRASE, sshd.key("sealed"))
    assert shell(sshd.port)(replace(command(sshd), login=login), HERE, 20.0)[0].stdout == "hi\n"


@pytest.mark.parametrize("name", ["rsa", "{folder}/rsa"])
def test_key_files(sshd: Sshd, name: str) -> None:
    login = Login(USER, key_file=name.format(folder=sshd.folder))
    answers = shell(sshd.port, sshd.folder)(replace(command(sshd), login=login), HERE, 20.0)
    assert answers[0].stdout == "hi\n"


@pytest.mark.parametrize(
    "login",
    [
        Login(USER),
        Login(USER, "wrong"),
        Login(USER, key="no key"),
        Login(USER, key_file="missing"),
        Login(USER, key_file="bin/../rsa"),
        Login(USER, key_file="sealed"),
    ],
)
def test_nobody_else_gets_in(sshd: Sshd, login: Login) -> None:
    with pytest.raises(CommandFailed):
        shell(sshd.port, sshd.folder)(replace(command(sshd), login=login), HERE, 20.0)


@pytest.mark.parametrize(("given", "passes"), [(PHRASE, True), ("wrong", False)])
def test_password(given: str, passes: bool) -> None:
    server = PasswordServer()
    wanted = Command("anything", ["one.test"], Login("u", given))
    if passes:
        assert shell(server.port)(wanted, HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]
    else:
        with pytest.raises(CommandFailed):
            shell(server.port)(wanted, HERE, 20.0)
    server.stop()
    assert server.passwords == [given]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("printf ' a\\n\\n'; echo é >&2", CommandAnswer(0, " a\n\n", "é\n")),
        ("echo out; exit 3", CommandAnswer(3, "out\n", "")),
        ("kill -9 $$", CommandAnswer(-1, "", "")),
        ("cat; echo done", CommandAnswer(0, "done\n", "")),
        ("", CommandAnswer(0, "", "")),
    ],
)
def test_answers(sshd: Sshd, text: str, answer: CommandAnswer) -> None:
    assert details(sshd, text) == answer


def test_both_streams_may_be_long(sshd: Sshd) -> None:
    """Longer than what the server sends before somebody reads."""
    long = "head -c 2400000 /dev/zero | tr '\\0' x"
    answer = details(sshd, f"{long} >&2; {long}")
    assert (len(answer.stdout), len(answer.stderr)) == (2_400_000, 2_400_000)


def test_but_not_too_long(sshd: Sshd) -> None:
    with pytest.raises(CommandFailed):
        shell(sshd.port, max_bytes=1000)(command(sshd, "yes"), HERE, 20.0)


@pytest.mark.parametrize("text", ["exit 3", "printf '\\377'"])
def test_failures(sshd: Sshd, text: str) -> None:
    with pytest.raises(CommandFailed):
        shell(sshd.port)(command(sshd, text), HERE, 20.0)


def test_hosts_are_asked_in_order_up_to_the_first_failure(sshd: Sshd, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    wanted = replace(command(sshd, f"echo x >> {asked}; test $(wc -l < {asked}) != 2"), hosts=["a", "b", "c"])
    with pytest.raises(CommandFailed):
        shell(sshd.port)(wanted, HERE, 20.0)
    assert asked.read_text() == "x\nx\n"
    asked.unlink()
    statuses = [answer.status for answer in shell(sshd.port)(replace(wanted, go_on=True), HERE, 20.0)]
    assert statuses == [0, 1, 0]


@pytest.mark.parametrize("go_on", [True, False])
def test_time(sshd: Sshd, go_on: bool) -> None:
    with pytest.raises(Overdue, match=r"Timeout after 0\.7 seconds"):
        shell(sshd.port)(replace(command(sshd, "exec sleep 20"), go_on=go_on), HERE, 0.7)


@pytest.mark.parametrize(
    ("egress", "text"),
    [
        (EgressPolicy(), "Host 'one.test' resolves to a blocked address (127.0.0.1)."),
        (EgressPolicy.of(allowed_hosts=["two.test"]), "Host 'one.test' is not in [action_std_http] allowed_hosts."),
    ],
)
@pytest.mark.parametrize("gateway", [None, Gateway("one.test", USER)])
def test_the_egress_policy_holds(sshd: Sshd, egress: EgressPolicy, text: str, gateway: Gateway | None) -> None:
    with pytest.raises(Blocked) as caught:
        shell(sshd.port)(replace(command(sshd), gateway=gateway), egress, 20.0)
    assert caught.value.message == text


def test_nobody_listens(sshd: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(CommandFailed):
        shell(port)(command(sshd), HERE, 20.0)


def test_through_a_gateway(sshd: Sshd) -> None:
    wanted = replace(command(sshd), hosts=["inner.test"], gateway=Gateway("gateway.test", USER))
    assert shell(sshd.port)(wanted, HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]
    assert (sshd.folder / "nc-arguments").read_text() == "inner.test 22\n"


def test_through_a_gateway_by_a_command(sshd: Sshd) -> None:
    wanted = replace(command(sshd), gateway=Gateway("gateway.test", USER, "nc x 23"))
    assert shell(sshd.port)(wanted, HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]
    assert (sshd.folder / "nc-arguments").read_text() == "x 23\n"


def test_a_host_name_is_no_shell_code(sshd: Sshd) -> None:
    wanted = replace(command(sshd), hosts=["x; exit 1"], gateway=Gateway("gateway.test", USER))
    assert shell(sshd.port)(wanted, HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]
    assert (sshd.folder / "nc-arguments").read_text() == "x; exit 1 22\n"


def test_a_gateway_command_that_fails(sshd: Sshd) -> None:
    with pytest.raises(CommandFailed):
        shell(sshd.port)(replace(command(sshd), gateway=Gateway("gateway.test", USER, "false")), HERE, 20.0)
