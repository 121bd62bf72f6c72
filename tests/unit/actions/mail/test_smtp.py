"""Real mail to a real server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.actions.mail.smtp import Mailer
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.actions.runtime.gateways import Mail, MailFailed, Overdue
from tests.unit.actions.post import PASSWORD, Post, Received

HERE = EgressPolicy.of(allow_loopback=True)


@pytest.fixture(scope="module")
def post(certificate: Path) -> Iterator[Post]:
    server = Post()
    server.start(certificate)
    yield server
    server.stop()


def mailer(certificate: Path | None = None) -> Mailer:
    moment = datetime(2026, 11, 3, 7, 5, 9, tzinfo=UTC)
    ca_file = str(certificate) if certificate else None
    return Mailer(ca_file, resolve=lambda host, port: ["127.0.0.1"], now=lambda: moment)


def mail(post: Post) -> Mail:
    return Mail(f"service.test:{post.port}", "a@x.test", ["b@x.test"], subject="s", body="b")


def arrived(post: Post, sent: Mail, certificate: Path | None = None) -> Received:
    post.received.clear()
    mailer(certificate)(sent, HERE, 20.0)
    (received,) = post.received
    return received


def failure(sent: Mail, certificate: Path | None = None, egress: EgressPolicy = HERE) -> str:
    with pytest.raises(MailFailed) as caught:
        mailer(certificate)(sent, egress, 20.0)
    return str(caught.value)


def test_plain(post: Post) -> None:
    received = arrived(post, replace(mail(post), body="línea\n.dot\n"))
    assert (received.sender, received.recipients, received.user) == ("a@x.test", ["b@x.test"], None)
    headers = dict(received.message.items())
    assert headers.pop("Message-ID").endswith("@x.test>")
    assert headers == {
        "Date": "Tue, 03 Nov 2026 07:05:09 +0000",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "base64",
        "MIME-Version": "1.0",
        "Subject": "s",
        "From": "a@x.test",
        "To": "b@x.test",
    }
    assert received.message.get_content() == "línea\r\n.dot\r\n"


@pytest.mark.parametrize(
    ("sender", "home"),
    [("A <a@b.test>", "b.test"), ("a", "localhost"), ("a@[127.0.0.1]", "localhost")],
)
def test_each_mail_has_an_id_of_its_own(post: Post, sender: str, home: str) -> None:
    ids = {arrived(post, replace(mail(post), sender=sender)).message["Message-ID"] for _ in range(2)}
    assert len(ids) == 2
    assert all(one.endswith(f"@{home}>") for one in ids)


def test_everybody_gets_it_and_nobody_sees_bcc(post: Post) -> None:
    many = replace(
        mail(post), to=["b@x.test", "C <c@x.test>"], cc=["d@x.test"], bcc=["e@x.test"], reply_to=["r@x.test"]
    )
    received = arrived(post, many)
    assert received.recipients == ["d@x.test", "e@x.test", "b@x.test", "c@x.test"]
    shown = {name: received.message[name] for name in ("To", "Cc", "Bcc", "Reply-To")}
    assert shown == {"To": "b@x.test, C <c@x.test>", "Cc": "d@x.test", "Bcc": None, "Reply-To": "r@x.test"}


def test_html_is_an_alternative(post: Post) -> None:
    message = arrived(post, replace(mail(post), html="<b>é</b>")).message
    assert message.get_content_type() == "multipart/alternative"
    parts = [(part.get_content_type(), part.get_content()) for part in message.iter_parts()]
    assert parts == [("text/plain", "b\r\n"), ("text/html", "<b>é</b>\r\n")]


def test_a_subject_is_one_line(post: Post) -> None:
    message = arrived(post, replace(mail(post), subject="Grüße\nBcc: z@x.test")).message
    assert (message["Subject"], message["Bcc"]) == ("Grüße Bcc: z@x.test", None)


@pytest.mark.parametrize("changes", [{"to": ["b@x.test\nBcc: z@x.test"]}, {"sender": "a@x.test\r\nX: y"}])
def test_no_header_can_be_smuggled_in(post: Post, changes: dict[str, object]) -> None:
    post.received.clear()
    assert failure(replace(mail(post), **changes)).startswith("Failed to send an email message: ")  # type: ignore[arg-type]
    assert post.received == []


def test_login(post: Post, certificate: Path) -> None:
    assert arrived(post, replace(mail(post), password=PASSWORD), certificate).user == "a@x.test"


def test_a_wrong_password_is_not_told(post: Post, certificate: Path) -> None:
    text = failure(replace(mail(post), password="mellon"), certificate)
    assert text == "Failed to send an email message: (535, b'Who is ***?')"


def test_the_password_goes_to_nobody_else(post: Post, certificate: Path) -> None:
    secret = replace(mail(post), password=PASSWORD)
    assert "certificate verify failed" in failure(secret)
    assert "Hostname mismatch" in failure(replace(secret, server=f"other.test:{post.port}"), certificate)


def test_a_password_needs_tls() -> None:
    plain = Post()
    plain.start(certificate=None)
    text = failure(replace(mail(plain), password=PASSWORD))
    plain.stop()
    assert text == "Failed to send an email message: STARTTLS extension not supported by server."


@pytest.mark.parametrize(
    ("egress", "text"),
    [
        (EgressPolicy(), "Host 'service.test' resolves to a blocked address (127.0.0.1)."),
        (
            EgressPolicy.of(allowed_hosts=["mail.test"], allow_loopback=True),
            "Host 'service.test' is not in [action_std_http] allowed_hosts.",
        ),
    ],
)
def test_the_egress_policy_holds(post: Post, egress: EgressPolicy, text: str) -> None:
    assert failure(mail(post), egress=egress) == f"Failed to send an email message: {text}"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sent = Mail(f"service.test:{port}", "a@x.test", ["b@x.test"])
    assert failure(sent) == "Failed to send an email message: [Errno 111] Connection refused"


def test_a_server_that_dawdles_is_cut_off() -> None:
    """Each byte comes in good time, but the answer never ends."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as slow:
        port = slow.getsockname()[1]

        def dawdle() -> None:
            line, _ = slow.accept()
            with line:
                while not over.wait(0.02):
                    try:
                        line.sendall(b"2")
                    except OSError:
                        return

        thread = threading.Thread(target=dawdle)
        thread.start()
        with pytest.raises(Overdue, match=r"Timeout after 0\.3 seconds"):
            mailer()(Mail(f"service.test:{port}", "a@x.test", ["b@x.test"]), HERE, 0.3)
        over.set()
        thread.join()
