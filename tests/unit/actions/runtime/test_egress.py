from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.actions.runtime.egress import DEFAULT_DENIED, Blocked, EgressPolicy

V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
DENIED_V4 = tuple(ip_network(cidr) for cidr in DEFAULT_DENIED if ":" not in cidr)


@pytest.mark.parametrize("url", ["http://example.com", "https://h:8443/p?q", "HTTP://H/", "http://10.0.0.1/"])
def test_url_allowed(url: str) -> None:
    EgressPolicy().check_url(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://x/", "URL scheme 'ftp' is not allowed (only http and https are)."),
        ("file:///etc/passwd", "URL scheme 'file' is not allowed (only http and https are)."),
        ("", "URL scheme '' is not allowed (only http and https are)."),
        ("example.com/x", "URL scheme '' is not allowed (only http and https are)."),
        ("http://", "URL does not contain a host."),
        ("http:///x", "URL does not contain a host."),
    ],
)
def test_url_blocked(url: str, message: str) -> None:
    with pytest.raises(Blocked) as caught:
        EgressPolicy().check_url(url)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://good.example/", None),
        ("http://GOOD.example.:80/", None),  # case and the final dot do not matter
        ("http://[fd00::1]/", None),
        ("http://evil.example/", "evil.example"),
        ("http://sub.good.example/", "sub.good.example"),  # exact names only
        ("http://good.example@evil.example/", "evil.example"),  # the part before @ is a user name
        ("http://evil.example\\@good.example/", "evil.example"),  # a backslash ends the host, as where it connects
    ],
)
def test_allowed_hosts(url: str, host: str | None) -> None:
    policy = EgressPolicy.of(allowed_hosts=["Good.example", "fd00::1"])
    if host is None:
        policy.check_url(url)
    else:
        with pytest.raises(Blocked) as caught:
            policy.check_url(url)
        assert caught.value.message == f"Host '{host}' is not in [action_std_http] allowed_hosts."


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%2",  # with a zone, as the system resolver gives it
        "fd00:ec2::254",
        "::ffff:127.0.0.1",  # IPv4-mapped
        "::ffff:a9fe:a9fe",
        "::169.254.169.254",  # IPv4-compatible
        "64:ff9b::a9fe:a9fe",  # NAT64
        "2002:7f00:1::",  # 6to4
        "2001:0:7f00:1::",  # Teredo
        "::ffff:0:169.254.169.254",  # IPv4-translated
        "64:ff9b:1::a9fe:a9fe",  # NAT64 of a network's own
        "64:ff9b:1:fffe::127.0.0.1",
        "2001:db8::5efe:127.0.0.1",  # ISATAP
        "2001:db8::200:5efe:169.254.169.254",
        "fe80::1%eth0",
        "::ffff:127.0.0.1%1",
        "168.63.129.16",  # metadata services of clouds
        "fd20:ce::254",
    ],
)
def test_address_denied_by_default(address: str) -> None:
    with pytest.raises(Blocked) as caught:
        EgressPolicy().check_addresses("h", [address])
    assert caught.value.message == f"URL host 'h' resolves to a blocked address ({address})."


@pytest.mark.parametrize("address", ["93.184.216.34", "10.0.0.1", "192.168.1.1", "2606:2800::1", "::ffff:10.0.0.1"])
def test_address_allowed_by_default(address: str) -> None:
    EgressPolicy().check_addresses("h", [address])


def test_one_denied_address_is_enough() -> None:
    with pytest.raises(Blocked):
        EgressPolicy().check_addresses("h", ["93.184.216.34", "127.0.0.1"])


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("169.254.169.254", False), ("0.0.0.0", False)],
)
def test_loopback_only_by_setting(address: str, allowed: bool) -> None:
    policy = EgressPolicy.of(allow_loopback=True)
    if allowed:
        policy.check_addresses("h", [address])
    else:
        with pytest.raises(Blocked):
            policy.check_addresses("h", [address])


def test_own_networks_replace_the_default() -> None:
    policy = EgressPolicy.of(denied_cidrs=[" 10.1.2.3/8 "])
    policy.check_addresses("h", ["127.0.0.1"])
    with pytest.raises(Blocked):
        policy.check_addresses("h", ["10.0.0.1"])


def test_a_wrong_network_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        EgressPolicy.of(denied_cidrs=["10.0.0.0/8", "nonsense"])


@given(V4, st.sampled_from(["::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/96"]))
def test_an_ipv4_address_is_judged_alike_in_every_dress(address: IPv4Address, prefix: str) -> None:
    dressed = IPv6Address(int(IPv6Network(prefix).network_address) | int(address))
    assert _denied(str(address)) == _denied(str(dressed)) == any(address in network for network in DENIED_V4)


def _denied(address: str) -> bool:
    try:
        EgressPolicy().check_addresses("h", [address])
    except Blocked:
        return True
    return False
