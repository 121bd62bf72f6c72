"""The sender against a real server on the loopback."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.actions.http.client import Sender, SendFailed, TooLarge
from chalicelib.actions.runtime.action_type import HttpAnswer, HttpRequest
from chalicelib.actions.runtime.egress import Blocked, EgressPolicy
from chalicelib.actions.runtime.gateways import Overdue
from chalicelib.errors import MeltemiError
from tests.unit.actions.web import PAGES, Web

HERE = EgressPolicy.of(allow_loopback=True)


def get(url: str, sender: Sender | None = None, policy: EgressPolicy = HERE, **values: Any) -> HttpAnswer:
    return (sender or Sender())(HttpRequest(url=url, **values), policy, None)


def echo(web: Web, path: str = "/echo", **values: Any) -> Any:
    return json.loads(get(web.url + path, **values).body)


def ticking() -> Callable[[], float]:
    """A clock on which every look costs a second."""
    return map(float, itertools.count()).__next__


def test_answer(web: Web) -> None:
    answer = get(f"{web.url}/echo?x=1")
    assert (answer.status, answer.reason, answer.url, answer.encoding) == (200, "OK", f"{web.url}/echo?x=1", "utf-8")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.cookies == {"a": "b"}
    assert answer.history == ()
    assert answer.elapsed > 0


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ({"method": "post", "body": '{"k": 1}'}, {"method": "POST", "body": '{"k": 1}', "Content-Type": None}),
        ({"method": "POST", "body": "é"}, {"body": "é", "Content-Length": "2"}),
        ({"method": "PUT", "json": {"k": 1}}, {"body": '{"k": 1}', "Content-Type": "application/json"}),
        ({"params": {"a": [1, 2], "b": "x y", "c": None}}, {"path": "/echo?a=1&a=2&b=x+y"}),
        ({"auth": ("user", "pass")}, {"Authorization": "Basic dXNlcjpwYXNz"}),
        ({"cookies": {"a": "b"}}, {"Cookie": "a=b"}),
        ({"headers": {"X-Probe": "1", "X-Gone": None}}, {"X-Probe": "1", "X-Gone": None}),
    ],
)
def test_request(web: Web, values: dict[str, Any], seen: dict[str, str | None]) -> None:
    echoed = echo(web, **values)
    shown = {**echoed["headers"], **{name: echoed[name] for name in ("method", "body", "path")}}
    assert {name: shown.get(name) for name in seen} == seen


@pytest.mark.parametrize("path", ["/text", "/latin", "/no-type", "/binary", "/odd-charset", "/empty", "/json-as-text"])
def test_body_is_what_the_server_sent(web: Web, path: str) -> None:
    assert get(web.url + path).body == PAGES[path][0]


@pytest.mark.parametrize("status", [204, 304, 307, 404, 500])
def test_every_status_is_an_answer(web: Web, status: int) -> None:
    assert get(f"{web.url}/status/{status}").status == status


def test_head_has_no_body(web: Web) -> None:
    answer = get(f"{web.url}/big/6000000", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_only_when_asked(web: Web, status: int) -> None:
    url = f"{web.url}/redirect/{status}?/json"
    assert get(url).status == status
    followed = get(url, allow_redirects=True)
    assert (followed.status, followed.url, followed.history) == (200, f"{web.url}/json", (b"moved",))


@pytest.mark.parametrize(("status", "method", "body"), [(302, "GET", ""), (307, "POST", "x")])
def test_method_after_a_redirect(web: Web, status: int, method: str, body: str) -> None:
    seen = echo(web, f"/redirect/{status}?/echo", method="POST", body="x", allow_redirects=True)
    assert (seen["method"], seen["body"]) == (method, body)


def test_redirects_end(web: Web) -> None:
    with pytest.raises(SendFailed, match="Failed to send HTTP request: Exceeded 30 redirects"):
        get(f"{web.url}/loop", allow_redirects=True)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("ftp://127.0.0.1/", "URL scheme 'ftp' is not allowed (only http and https are)."),
        ("http://10.1.2.3/", "URL host '10.1.2.3' resolves to a blocked address (10.1.2.3)."),
        ("//10.1.2.3/x", "URL host '10.1.2.3' resolves to a blocked address (10.1.2.3)."),
    ],
)
def test_every_hop_is_checked(web: Web, target: str, message: str) -> None:
    policy = EgressPolicy.of(denied_cidrs=["10.0.0.0/8"])
    with pytest.raises(Blocked) as caught:
        get(f"{web.url}/redirect/302?{target}", policy=policy, allow_redirects=True)
    assert caught.value.message == message


def test_hosts_are_checked_at_every_hop(web: Web) -> None:
    policy = EgressPolicy.of(allowed_hosts=["127.0.0.1"], allow_loopback=True)
    with pytest.raises(Blocked, match="Host 'localhost' is not in"):
        get(f"{web.url}/redirect/302?http://localhost:{web.port}/json", policy=policy, allow_redirects=True)


@pytest.mark.parametrize(("named", "allowed"), [("127.0.0.1", True), ("127.0.0.1:80", True), ("evil.example", False)])
def test_a_header_names_no_other_host_than_is_allowed(web: Web, named: str, allowed: bool) -> None:
    """Many hosts share an address: there the header decides whose answer it is."""
    policy = EgressPolicy.of(allowed_hosts=["127.0.0.1"], allow_loopback=True)
    if allowed:
        assert echo(web, policy=policy, headers={"host": named})["headers"]["host"] == named
        return
    with pytest.raises(Blocked, match=r"Host 'evil\.example' is not in"):
        echo(web, policy=policy, headers={"host": named})


def test_loopback_is_closed_without_the_setting(web: Web) -> None:
    with pytest.raises(Blocked, match=r"URL host '127\.0\.0\.1' resolves to a blocked address"):
        get(f"{web.url}/blocked", policy=EgressPolicy())
    assert "/blocked" not in web.paths


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/big/1001", "HTTP response is too large (Content-Length=1001, limit=1000 bytes)."),
        ("/endless", "HTTP response is too large (limit=1000 bytes)."),
        ("/endless/302", "HTTP response is too large (limit=1000 bytes)."),  # not even followed
        ("/bomb/500000", "HTTP response is too large (limit=1000 bytes)."),  # half a KB of gzip
    ],
)
@pytest.mark.parametrize("follow", [False, True])
def test_too_large(web: Web, path: str, message: str, follow: bool) -> None:
    with pytest.raises(TooLarge) as caught:
        get(web.url + path, Sender(max_bytes=1000), allow_redirects=follow)
    assert caught.value.message == message


@pytest.mark.parametrize(("size", "limit"), [(1000, 1000), (6_000_000, 0)])
def test_just_not_too_large(web: Web, size: int, limit: int) -> None:
    assert len(get(f"{web.url}/big/{size}", Sender(max_bytes=limit)).body) == size


def test_silence_ends_at_the_timeout(web: Web) -> None:
    with pytest.raises(SendFailed, match=r"Failed to send HTTP request: .*Read timed out. \(read timeout=0.05\)"):
        get(f"{web.url}/silent", timeout=0.05)


def test_silence_ends_when_the_time_is_over(web: Web) -> None:
    with pytest.raises(Overdue, match=r"Timeout after 0.05 seconds"):
        Sender()(HttpRequest(url=f"{web.url}/silent"), HERE, 0.05)


def test_a_drip_ends_when_the_time_is_over(web: Web) -> None:
    with pytest.raises(Overdue, match="Timeout after 5 seconds"):
        Sender(max_bytes=0, clock=ticking())(HttpRequest(url=f"{web.url}/endless"), HERE, 5)


@pytest.mark.parametrize(
    ("path", "values", "message"),
    [
        ("/cut", {}, "Connection broken: IncompleteRead"),
        ("/json", {"timeout": "1"}, "Timeout value connect was 1, but it must be an int, float or None."),
        ("/json", {"timeout": 0}, "the timeout cannot be set to a value less than or equal to 0"),
        ("/json", {"timeout": True}, "Timeout cannot be a boolean value"),
        ("/json", {"method": None}, "'NoneType' object has no attribute 'upper'"),
        ("/json", {"headers": [1]}, "'list' object has no attribute 'items'"),
        ("/json", {"headers": {"X": "a\nb"}}, "return character"),
        ("/json", {"body": 5}, "'body' must be a bytes-like object"),
    ],
)
def test_failures_say_what_was_wrong(web: Web, path: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(SendFailed) as caught:
        get(web.url + path, **values)
    assert caught.value.message.startswith("Failed to send HTTP request: ")
    assert message in caught.value.message


def test_refused_connection() -> None:
    with pytest.raises(SendFailed, match=r"HTTPConnectionPool\(host='127.0.0.1', port=9\): Max retries .* refused"):
        get("http://127.0.0.1:9/")


def test_a_proxy_is_used_and_checked(web: Web) -> None:
    seen = get("http://service.test/echo", resolving("203.0.113.7"), proxies={"http": web.url})
    assert json.loads(seen.body)["headers"]["Host"] == "service.test"
    with pytest.raises(Blocked, match=r"resolves to a blocked address \(127\.0\.0\.1\)"):
        get("http://service.test/echo", resolving("203.0.113.7"), EgressPolicy(), proxies={"http": web.url})


@pytest.mark.parametrize(
    ("url", "proxy", "message"),
    [
        ("http://10.1.2.3/", "http://127.0.0.1:9", "URL host '10.1.2.3' resolves to a blocked address (10.1.2.3)."),
        ("http://h.test/", "socks5://127.0.0.1:9", "URL scheme 'socks5' is not allowed (only http and https are)."),
    ],
)
def test_a_proxy_opens_no_back_door(url: str, proxy: str, message: str) -> None:
    policy = EgressPolicy.of(denied_cidrs=["10.0.0.0/8"])
    with pytest.raises(Blocked) as caught:
        get(url, policy=policy, proxies={"http": proxy})
    assert caught.value.message == message


def resolving(other: str) -> Sender:
    """Literal addresses are themselves, every name is `other`."""
    return Sender(resolve=lambda host, port: [host if host[0].isdigit() else other])


@pytest.mark.parametrize(
    ("url", "values"),
    [
        ("http://127.0.0.1:1/", {"headers": {"Authorization": "Bearer s3cr3t\n"}}),
        ("http://127.0.0.1:1/", {"headers": {"X-Session": "s3cr3t\n"}}),
        ("http://127.0.0.1:1/", {"headers": {"X-Session": ["s3cr3t"]}}),
        ("http://127.0.0.1:1/", {"cookies": {"sid": "s3cr3t\nx"}}),
        ("http://127.0.0.1:1/?token=s3cr3t", {}),
        ("http://127.0.0.1:1/k?X-Amz-Date=1&X-Amz-Signature=s3cr3t&X-Amz-Security-Token=s3%2Fs3cr3t", {}),
        ("http://127.0.0.1:1/k?sig=s3cr3t", {}),
        ("http://127.0.0.1:1/", {"params": {"api_key": "a/s3cr3t"}}),
        ("http://127.0.0.1:1/", {"params": "password=s3cr3t"}),
        ("http://user:s3cr3t@127.0.0.1:1/", {}),
        ("http://user:s3cr3t@[::1/", {}),
        ("http://127.0.0.1:1/", {"proxies": {"http": "http://user:s3cr3t@127.0.0.1:1"}}),
        ("http://127.0.0.1:1/", {"proxies": {"http": "http://user:s3cr3t@[::1"}}),
    ],
)
def test_no_failure_quotes_a_secret(url: str, values: dict[str, Any]) -> None:
    with pytest.raises(MeltemiError) as caught:
        get(url, **values)
    assert "s3cr3t" not in caught.value.message
    assert "s3cr3t" not in str(caught.value.__cause__ or "")


def test_what_is_no_secret_is_still_told() -> None:
    with pytest.raises(SendFailed, match=r"/a\?page=7&token=\*\*\*"):
        get("http://127.0.0.1:1/a?page=7&token=t0")


SECRETS = {"headers": {"X-Auth-Token": "t0", "Authorization": "a0", "X-Probe": "1"}, "cookies": {"sid": "s0"}}


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", True), ("localhost", False)])
def test_a_redirect_takes_no_secrets_to_another_host(web: Web, host: str, shown: bool) -> None:
    sender = Sender(resolve=lambda name, port: ["127.0.0.1"])
    target = f"http://{host}:{web.port}/echo"
    seen = echo(web, f"/redirect/302?{target}", sender=sender, allow_redirects=True, **SECRETS)["headers"]
    assert seen["X-Probe"] == "1"
    assert [name in seen for name in ("X-Auth-Token", "Authorization", "Cookie")] == [shown] * 3
