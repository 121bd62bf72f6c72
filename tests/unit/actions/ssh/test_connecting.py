"""Real commands on real SSH servers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.actions.runtime.egress import Blocked, EgressPolicy
from chalicelib.actions.runtime.gateways import Command, CommandAnswer, CommandFailed, Gateway, Login, Overdue
from chalicelib.actions.ssh.client import Shell
from tests.unit.actions.sshd import PHRASE, USER, PasswordServer, Sshd

HERE = EgressPolicy.of(allow_loopback=True)


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    server = Sshd.start(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


def shell(folder: Path = Path("/nowhere"), max_bytes: int = 5_000_000) -> Shell:
    return Shell(folder, max_bytes, resolve=lambda host, port: ["127.0.0.1"])


def command(sshd: Sshd, text: str = "echo hi", key: str = "ed25519") -> Command:
    return Command(text, ["one.test"], Login(USER, key=sshd.key(key)), port=sshd.port)


def failure(shell: Shell, command: Command) -> tuple[str, str]:
    """Why the command fails, and what it printed."""
    with pytest.raises(CommandFailed) as caught:
        shell(command, HERE, 20.0)
    return caught.value.message, caught.value.printed


def details(sshd: Sshd, text: str) -> CommandAnswer:
    (answer,) = shell()(replace(command(sshd, text), go_on=True), HERE, 20.0)
    return answer


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_keys(sshd: Sshd, kind: str) -> None:
    assert shell()(command(sshd, key=kind), HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]


def test_a_password_opens_a_key(sshd: Sshd) -> None:
    login = Login(USER, PHRASE, sshd.key("sealed"))
    assert shell()(replace(command(sshd), login=login), HERE, 20.0)[0].stdout == "hi\n"


@pytest.mark.parametrize("name", ["rsa", "{folder}/rsa"])
def test_key_files(sshd: Sshd, name: str) -> None:
    login = Login(USER, key_file=name.format(folder=sshd.folder))
    answers = shell(sshd.folder)(replace(command(sshd), login=login), HERE, 20.0)
    assert answers[0].stdout == "hi\n"


@pytest.mark.parametrize(
    ("login", "cause"),
    [
        (Login(USER), f"one.test refused the login of '{USER}', as neither a password nor a key was given"),
        (Login(USER, "wrong"), f"one.test refused the login of '{USER}'"),
        (Login("nobody-here", key_file="rsa"), "one.test refused the login of 'nobody-here'"),
        (Login(USER, key="no key"), "the private key cannot be read, or the password does not open it"),
        (Login(USER, key_file="missing"), "there is no key file 'missing' where the action runs"),
        (Login(USER, key_file="bin"), "the key file 'bin' cannot be read: IsADirectoryError"),
        (Login(USER, key_file="bin/../rsa"), "the name of a key file leads out of its folder"),
        (Login(USER, key_file="sealed"), "the private key cannot be read, or the password does not open it"),
        (Login(USER, "wrong", key_file="sealed"), "the private key cannot be read, or the password does not open it"),
    ],
)
@pytest.mark.parametrize("gateway", [False, True])
def test_nobody_else_gets_in(sshd: Sshd, login: Login, cause: str, gateway: bool) -> None:
    wanted = replace(command(sshd), login=login)
    if gateway:
        wanted = replace(wanted, hosts=["two.test"], gateway=Gateway("one.test", login.username, port=sshd.port))
    assert failure(shell(sshd.folder), wanted) == (cause, "")


@pytest.mark.parametrize(("given", "passes"), [(PHRASE, True), ("wrong", False)])
def test_password(given: str, passes: bool) -> None:
    server = PasswordServer()
    wanted = Command("anything", ["one.test"], Login("u", given), port=server.port)
    if passes:
        assert shell()(wanted, HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]
    else:
        with pytest.raises(CommandFailed):
            shell()(wanted, HERE, 20.0)
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
    assert failure(shell(max_bytes=1000), command(sshd, "yes")) == ("more than 1000 bytes of output", "")


@pytest.mark.parametrize(
    ("text", "cause", "printed"),
    [
        ("exit 3", "exit status 3 on one.test", ""),
        (
            "echo out; echo >&2; echo ' no such disk ' >&2; echo more >&2; exit 4",
            "exit status 4 on one.test",
            "no such disk",
        ),
        ("head -c 9000 /dev/zero | tr '\\0' x >&2; false", "exit status 1 on one.test", "x" * 200),
        ("kill -9 $$", "ended by a signal on one.test", ""),
        ("printf '\\377'", "what the command printed on one.test is not UTF-8", ""),
    ],
)
def test_failures(sshd: Sshd, text: str, cause: str, printed: str) -> None:
    assert failure(shell(), command(sshd, text)) == (cause, printed)


def test_hosts_are_asked_in_order_up_to_the_first_failure(sshd: Sshd, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    wanted = replace(command(sshd, f"echo x >> {asked}; test $(wc -l < {asked}) != 2"), hosts=["a", "b", "c"])
    with pytest.raises(CommandFailed):
        shell()(wanted, HERE, 20.0)
    assert asked.read_text() == "x\nx\n"
    asked.unlink()
    statuses = [answer.status for answer in shell()(replace(wanted, go_on=True), HERE, 20.0)]
    assert statuses == [0, 1, 0]


@pytest.mark.parametrize("go_on", [True, False])
def test_time(sshd: Sshd, go_on: bool) -> None:
    with pytest.raises(Overdue, match=r"Timeout after 0\.7 seconds"):
        shell()(replace(command(sshd, "exec sleep 20"), go_on=go_on), HERE, 0.7)


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
        shell()(replace(command(sshd), gateway=gateway), egress, 20.0)
    assert caught.value.message == text


def test_nobody_listens(sshd: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    wanted = replace(command(sshd), port=port)
    assert failure(shell(), wanted) == (f"one.test:{port} refused the connection", "")
    wanted = replace(wanted, gateway=Gateway("gateway.test", USER, port=port))
    assert failure(shell(), wanted) == (f"gateway.test:{port} refused the connection", "")


def test_a_name_that_nobody_knows(sshd: Sshd) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    expected = ("the name of the host one.test cannot be resolved", "")
    assert failure(Shell(resolve=unknown), command(sshd)) == expected


@pytest.mark.parametrize(
    ("greeting", "cause"),
    [
        (b"", "the connection to one.test:{port} failed: Error reading SSH protocol banner"),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "the connection to one.test:{port} failed: Error reading SSH protocol banner",
        ),
    ],
)
def test_somebody_else_listens(sshd: Sshd, greeting: bytes, cause: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def greet() -> None:
            line, _ = server.accept()
            line.sendall(greeting)
            line.close()

        thread = threading.Thread(target=greet)
        thread.start()
        message, _ = failure(shell(), replace(command(sshd), port=port))
        thread.join()
    assert message.startswith(cause.format(port=port))


def test_through_a_gateway(sshd: Sshd) -> None:
    wanted = replace(
        command(sshd), hosts=["inner.test"], port=2222, gateway=Gateway("gateway.test", USER, port=sshd.port)
    )
    assert shell()(wanted, HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]
    assert (sshd.folder / "nc-arguments").read_text() == "inner.test 2222\n"


def test_through_a_gateway_by_a_command(sshd: Sshd) -> None:
    wanted = replace(command(sshd), gateway=Gateway("gateway.test", USER, "nc x 23", sshd.port))
    assert shell()(wanted, HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]
    assert (sshd.folder / "nc-arguments").read_text() == "x 23\n"


def test_a_host_name_is_no_shell_code(sshd: Sshd) -> None:
    wanted = replace(command(sshd), hosts=["x; exit 1"], port=22, gateway=Gateway("gateway.test", USER, port=sshd.port))
    assert shell()(wanted, HERE, 20.0) == [CommandAnswer(0, "hi\n", "")]
    assert (sshd.folder / "nc-arguments").read_text() == "x; exit 1 22\n"


def test_a_gateway_command_that_fails(sshd: Sshd) -> None:
    wanted = replace(command(sshd), gateway=Gateway("gateway.test", USER, "false", sshd.port))
    assert failure(shell(), wanted)[0].startswith(f"the connection to one.test:{sshd.port} failed: ")
