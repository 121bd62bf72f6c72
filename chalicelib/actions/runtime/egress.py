"""Where requests on behalf of users may go. Used for every URL, every redirect and every address connected to.

The policy is pure: it resolves nothing. Whoever connects hands in the addresses that it is about to connect to, so
there is no time between check and use in which a name could change its meaning (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from urllib3.util import parse_url

from chalicelib import errors

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

DEFAULT_DENIED = (
    "127.0.0.0/8",
    "::1/128",
    "169.254.0.0/16",
    "fe80::/10",
    "0.0.0.0/8",
    "::/128",
    # metadata services outside the link-local range: EC2 and EKS over IPv6, Google, Azure, Alibaba Cloud, Oracle Cloud
    "fd00:ec2::/32",
    "fd20:ce::254/128",
    "168.63.129.16/32",
    "100.100.100.200/32",
    "192.0.0.192/32",
)
"""What Mistral denies, plus "this host" and the metadata services of clouds."""

_LOOPBACK = tuple(ip_network(cidr) for cidr in ("127.0.0.0/8", "::1/128"))
_CARRIERS = tuple(IPv6Network(cidr) for cidr in ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96"))
"""Networks whose addresses carry an IPv4 address at their end: NAT64, that of a network's own, IPv4-translated."""
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""What stands before the IPv4 address of an ISATAP interface."""


class Blocked(errors.Forbidden):
    """The egress policy does not allow this request."""


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Denied networks and, if any are given, the only hosts that are allowed."""

    denied: tuple[Network, ...] = tuple(ip_network(cidr) for cidr in DEFAULT_DENIED)
    allowed_hosts: frozenset[str] = frozenset()
    """Names or literal addresses, exactly as in the URL, lower case; empty: all."""
    allow_loopback: bool = False
    """For a service that runs on the user's own machine; wins over `denied`."""

    @classmethod
    def of(
        cls,
        denied_cidrs: Iterable[str] = DEFAULT_DENIED,
        allowed_hosts: Iterable[str] = (),
        allow_loopback: bool = False,
    ) -> EgressPolicy:
        """The policy of these settings. Raises `ValueError` for a text that is no network."""
        networks = tuple(ip_network(cidr.strip(), strict=False) for cidr in denied_cidrs)
        return cls(networks, frozenset(_plain(host) for host in allowed_hosts), allow_loopback)

    def check_url(self, url: str) -> None:
        """Raise `Blocked` unless scheme and host of `url` are acceptable; addresses are checked when they are known."""
        parts = parse_url(url)
        if parts.scheme not in ("http", "https"):
            raise Blocked(f"URL scheme '{parts.scheme or ''}' is not allowed (only http and https are).")
        if not parts.host:
            raise Blocked("URL does not contain a host.")
        self.check_host(parts.host)

    def check_host(self, host: str) -> None:
        """Raise `Blocked` if there is a list of allowed hosts without this one."""
        if self.allowed_hosts and _plain(host) not in self.allowed_hosts:
            raise Blocked(f"Host '{_plain(host)}' is not in [action_std_http] allowed_hosts.")

    def check_addresses(self, host: str, addresses: Iterable[str], what: str = "URL host") -> None:
        """Raise `Blocked` if any of the addresses that `host` resolves to is denied."""
        for text in addresses:
            if self._denies(ip_address(text)):
                raise Blocked(f"{what} '{host}' resolves to a blocked address ({text}).")

    def _denies(self, address: Address) -> bool:
        return any(self._denies_form(form) for form in _forms(address))

    def _denies_form(self, address: Address) -> bool:
        if self.allow_loopback and any(address in network for network in _LOOPBACK):
            return False
        return any(address in network for network in self.denied)


def _forms(address: Address) -> tuple[Address, ...]:
    """The address and the IPv4 addresses that it may stand for on the way."""
    if isinstance(address, IPv4Address):
        return (address,)
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    number = int(address)
    compatible, isatap = 0xFFFF < number <= 0xFFFFFFFF, (number >> 32) & 0xFFFFFFFF in _ISATAP
    if compatible or isatap or any(address in network for network in _CARRIERS):
        inner.append(IPv4Address(number & 0xFFFFFFFF))
    return (address, *(form for form in inner if form is not None))


def _plain(host: str) -> str:
    return host.strip().strip("[]").rstrip(".").lower()
