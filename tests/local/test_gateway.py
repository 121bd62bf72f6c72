"""HTTP as a client of `make run` sees it, in front of the fake application."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from local.gateway import COMPRESSED_BYTES, NOT_FOUND
from tests.architecture.source_tree import ROOT
from tests.local.process import LocalRun

pytestmark = pytest.mark.xdist_group("local")


def test_request_reaches_the_function_as_api_gateway_would_send_it(fake_run: LocalRun, http: requests.Session) -> None:
    reply = http.put(f"{fake_run.url}/echo/a%20b/?q=1&q=%C5%BC", data="zażółć".encode(), headers={"Accept": "*/*"})
    assert reply.json() == {
        "name": "a%20b",
        "argument": "a%20b",
        "query": ["1", "ż"],
        "body": "zażółć",
        "path": "/v2/echo/a%20b/",
    }
    assert reply.headers["X-Seen"] == "yes"
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "//echo/x", 404),
        ("POST", "/echo/x", 405),
        ("HEAD", "/echo/x", 405),
        ("OPTIONS", "/echo/x", 200),
        ("OPTIONS", "/calls", 405),  # no CORS there
    ],
)
def test_unknown_paths_and_methods(
    fake_run: LocalRun, http: requests.Session, method: str, path: str, status: int
) -> None:
    reply = http.request(method, fake_run.url + path)
    assert reply.status_code == status
    assert http.get(f"{fake_run.url}/echo/next").status_code == 200  # the connection is still in step


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html"])
@pytest.mark.parametrize("path", ["/v2/nothing", "/workflows"])
def test_unknown_paths_are_refused_in_the_form_of_all_errors_and_lead_to_the_api(
    fake_run: LocalRun, http: requests.Session, path: str, accept: str
) -> None:
    reply = http.get(f"{fake_run.url.removesuffix('/v2')}{path}", headers={"Accept": accept})
    assert (reply.status_code, reply.headers["Content-Type"]) == (404, "application/json")
    assert reply.json() == {"faultcode": "Client", "faultstring": NOT_FOUND, "debuginfo": None}
    assert "/v2/workflows" in NOT_FOUND


def test_the_deployed_gateway_says_the_same() -> None:
    assert NOT_FOUND in (ROOT / "infra" / "functions.yaml").read_text()


def test_reply_without_content_has_no_body_and_keeps_the_connection(fake_run: LocalRun, http: requests.Session) -> None:
    reply = http.post(f"{fake_run.url}/send/actions", json=[])
    assert (reply.status_code, reply.content) == (204, b"")
    assert http.get(f"{fake_run.url}/echo/next").status_code == 200


def test_requests_side_by_side_do_not_mix(fake_run: LocalRun) -> None:
    def ask(number: int) -> bool:
        with requests.Session() as session:
            session.trust_env = False
            got = session.get(f"{fake_run.url}/echo/{number}", headers={"X-Slow": "yes"}).json()
        return bool(got["name"] == got["argument"] == str(number))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(80)))


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Content-Length: 11000000", 413),
        ("Content-Length: many", 400),
        ("Content-Length: ²", 400),
        ("Transfer-Encoding: gzip", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", 400),
        ("Transfer-Encoding: chunked\r\n\r\nffffff", 413),
        ("Transfer-Encoding: chunked\r\n\r\n" + "f" * 100, 413),
        ("Transfer-Encoding: chunked\r\n\r\n-1", 400),
        ("Transfer-Encoding: chunked\r\n\r\n1\r\nxyz", 400),
        ("Transfer-Encoding: chunked\r\n\r\n0" + "\r\na: b" * 200, 400),
        ("Transfer-Encoding: chunked\r\n\r\n0;" + "x" * 5000, 400),
    ],
)
def test_bodies_that_cannot_be_taken_are_refused_unread(fake_run: LocalRun, head: str, status: int) -> None:
    port = int(fake_run.url.rpartition(":")[2].removesuffix("/v2"))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"PUT /v2/echo/x HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        assert connection.recv(1000).startswith(f"HTTP/1.1 {status} ".encode())


def test_chunked_bodies_are_taken(fake_run: LocalRun, http: requests.Session) -> None:
    reply = http.put(f"{fake_run.url}/echo/a", data=iter([b"x" * 70_000, "ż".encode()]))
    assert reply.json()["body"] == "x" * 70_000 + "ż"
    assert http.get(f"{fake_run.url}/echo/next").status_code == 200  # the connection is still in step


def test_chunks_may_have_extensions_and_trailers(fake_run: LocalRun) -> None:
    port = int(fake_run.url.rpartition(":")[2].removesuffix("/v2"))
    head = "PUT /v2/echo/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"{head}3;a=b\r\nabc\r\n0\r\nDigest: x\r\n\r\n".encode())
        with connection.makefile("rb") as answer:
            assert b'"body":"abc"' in answer.read()


@pytest.mark.parametrize(
    ("size", "accepted", "coding"),
    [(2000, "gzip, br", "gzip"), (2000, "identity", None), (10, "gzip", None)],
)
def test_large_replies_are_compressed_for_who_takes_that(
    fake_run: LocalRun, http: requests.Session, size: int, accepted: str, coding: str | None
) -> None:
    reply = http.put(f"{fake_run.url}/echo/a", data=b"x" * size, headers={"Accept-Encoding": accepted})
    assert reply.headers.get("Content-Encoding") == coding
    assert reply.json()["body"] == "x" * size


def test_the_deployed_gateway_compresses_from_the_same_size_on() -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    assert config["minimum_compression_size"] == COMPRESSED_BYTES
