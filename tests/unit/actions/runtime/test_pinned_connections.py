"""A name that changes its meaning between check and use, and TLS over a pinned connection."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chalicelib.actions.http.client import Sender, SendFailed
from chalicelib.actions.runtime.action_type import HttpAnswer, HttpRequest
from chalicelib.actions.runtime.egress import Blocked, EgressPolicy
from chalicelib.actions.runtime.pinned_connections import resolve
from tests.unit.actions.web import Web

HERE = EgressPolicy.of(allow_loopback=True)


@dataclass
class Resolver:
    """Answers each question with the next of its answers."""

    answers: list[list[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0)


def get(url: str, resolver: Resolver, policy: EgressPolicy = HERE, ca: str | bool = True) -> HttpAnswer:
    return Sender(resolve=resolver, ca_bundle=ca)(HttpRequest(url=url, timeout=2), policy, None)


def test_resolves_once_and_keeps_the_name(web: Web) -> None:
    resolver = Resolver([["127.0.0.1"], ["192.0.2.1"]])
    answer = get(f"http://service.test:{web.port}/echo", resolver)
    assert resolver.asked == ["service.test"]
    assert f'"Host": "service.test:{web.port}"' in answer.body.decode()
    assert answer.url == f"http://service.test:{web.port}/echo"


def test_rebinding_does_not_get_through(web: Web) -> None:
    """First a harmless address, then the loopback: each connection checks the very addresses that it uses."""
    resolver = Resolver([["127.0.0.1"]])
    with pytest.raises(Blocked) as caught:
        get(f"http://rebind.test:{web.port}/rebound", resolver, EgressPolicy())
    assert caught.value.message == "URL host 'rebind.test' resolves to a blocked address (127.0.0.1)."
    assert "/rebound" not in web.paths


def test_rebinding_at_a_redirect_does_not_get_through(web: Web) -> None:
    policy = EgressPolicy.of(denied_cidrs=["10.0.0.0/8"])
    resolver = Resolver([["127.0.0.1"], ["10.0.0.1"]])
    sender = Sender(resolve=resolver)
    url = f"http://rebind.test:{web.port}/redirect/302?http://other.test/"
    with pytest.raises(Blocked, match=r"URL host 'other.test' resolves to a blocked address \(10.0.0.1\)"):
        sender(HttpRequest(url=url, allow_redirects=True), policy, None)
    assert resolver.asked == ["rebind.test", "other.test"]


def test_one_bad_address_among_good_ones_blocks(web: Web) -> None:
    with pytest.raises(Blocked, match=r"169\.254\.169\.254"):
        get(f"http://mixed.test:{web.port}/json", Resolver([["127.0.0.1", "169.254.169.254"]]))


def test_the_next_address_is_tried(web: Web) -> None:
    """Nothing listens on 127.0.0.2 at this port."""
    resolver = Resolver([["127.0.0.2", "127.0.0.1"]])
    assert get(f"http://service.test:{web.port}/json", resolver).status == 200


def test_no_address_at_all() -> None:
    with pytest.raises(SendFailed, match="Failed to establish a new connection: no address"):
        get("http://service.test/", Resolver([[]]))


def test_unknown_name() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(SendFailed, match=r"Failed to resolve 'nope.test' \(\[Errno -2\] Name or service not known\)"):
        Sender(resolve=unknown)(HttpRequest(url="http://nope.test/"), HERE, None)
    with pytest.raises(SendFailed, match="ProxyError"):  # another resolver may know it: only the proxy is in the way
        Sender(resolve=unknown)(HttpRequest(url="http://nope.test/", proxies={"http": "http://p.test"}), HERE, None)


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("::1", "::1")])
def test_the_system_resolver_reads_every_spelling(host: str, address: str) -> None:
    assert resolve(host, 80) == [address]


@pytest.fixture(scope="module")
def tls(certificate: Path) -> Iterator[Web]:
    server = Web()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: server.paths.append(f"sni:{name}")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield server
    server.stop()


def test_tls_shows_and_checks_the_name(tls: Web, certificate: Path) -> None:
    answer = get(f"https://service.test:{tls.port}/json", Resolver([["127.0.0.1"]]), ca=str(certificate))
    assert answer.status == 200
    assert "sni:service.test" in tls.paths


@pytest.mark.parametrize(
    ("host", "trusted", "message"),
    [("other.test", True, "Hostname mismatch"), ("service.test", False, "certificate verify failed")],
)
def test_tls_refuses(tls: Web, certificate: Path, host: str, trusted: bool, message: str) -> None:
    with pytest.raises(SendFailed, match=message):
        get(f"https://{host}:{tls.port}/json", Resolver([["127.0.0.1"]]), ca=str(certificate) if trusted else True)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_tls_unverified_when_asked(tls: Web) -> None:
    request = HttpRequest(url=f"https://other.test:{tls.port}/json", verify=False)
    assert Sender(resolve=Resolver([["127.0.0.1"]]))(request, HERE, None).status == 200
