"""Connections that go to an address which was checked, and to no other.

An ordinary connection resolves its host name when it opens, so whoever owns the name could answer a check with one
address and the connection with another. These resolve once, show every address to the policy, and connect to one of
those. The name stays what it was in the Host header, in TLS (SNI) and in the check of the certificate.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from urllib3 import HTTPConnectionPool as PlainPool
from urllib3 import HTTPSConnectionPool as TlsPool
from urllib3.connection import HTTPConnection as PlainConnection
from urllib3.connection import HTTPSConnection as TlsConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import parse_url
from urllib3.util.connection import create_connection

from chalicelib.actions.runtime.egress import EgressPolicy

Resolve: TypeAlias = Callable[[str, int], list[str]]
"""Host name (or literal address) and port to addresses, the preferred first. Raises `socket.gaierror`."""


def resolve(host: str, port: int) -> list[str]:
    """Ask the system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Pin:
    """Opens sockets to addresses that the policy allows."""

    egress: EgressPolicy
    resolve: Resolve

    def open(self, connection: PlainConnection) -> socket.socket:
        """A socket to the host of `connection`. Raises `Blocked`, or what urllib3 raises when it cannot connect."""
        try:
            addresses = self.resolve(connection.host, connection.port)
        except socket.gaierror as error:
            raise NameResolutionError(connection.host, connection, error) from error
        self.egress.check_addresses(connection.host, addresses)
        failure: Exception = NewConnectionError(connection, "Failed to establish a new connection: no address")
        for address in addresses:
            try:
                return _connect(connection, address)
            except (ConnectTimeoutError, NewConnectionError) as error:
                failure = error
        raise failure

    def reach(self, host: str, port: int, patience: float) -> socket.socket:
        """A socket to `host`, for protocols other than HTTP. Raises `Blocked`, or `OSError` when it cannot connect."""
        self.egress.check_host(host)
        addresses = self.resolve(host, port)
        self.egress.check_addresses(host, addresses, "Host")
        failure = OSError(f"no address for {host}")
        for address in addresses:
            try:
                return socket.create_connection((address, port), patience)
            except OSError as error:
                failure = error
        raise failure

    def check_name(self, url: str) -> None:
        """Check the host of `url` when someone else will connect to it; what does not resolve here may do so there."""
        parts = parse_url(url)
        self.check_known((parts.host or "").strip("[]"), parts.port or 0)

    def check_known(self, host: str, port: int, what: str = "URL host") -> None:
        """As `check_name`, for a host."""
        try:
            addresses = self.resolve(host, port)
        except socket.gaierror:
            return
        self.egress.check_addresses(host, addresses, what)


def _connect(connection: PlainConnection, address: str) -> socket.socket:
    try:
        return create_connection(
            (address, connection.port),
            connection.timeout,
            source_address=connection.source_address,
            socket_options=connection.socket_options,
        )
    except TimeoutError as error:
        text = f"Connection to {connection.host} timed out. (connect timeout={connection.timeout})"
        raise ConnectTimeoutError(connection, text) from error
    except OSError as error:
        raise NewConnectionError(connection, f"Failed to establish a new connection: {error}") from error


def pools(pin: Pin) -> dict[str, type[PlainPool]]:
    """Connection pools by scheme, for a `PoolManager`. Error texts show the names of these classes."""

    class HTTPConnection(PlainConnection):
        def _new_conn(self) -> socket.socket:
            return pin.open(self)

    class HTTPSConnection(TlsConnection):
        def _new_conn(self) -> socket.socket:
            return pin.open(self)

    class HTTPConnectionPool(PlainPool):
        ConnectionCls = HTTPConnection

    class HTTPSConnectionPool(TlsPool):
        ConnectionCls = HTTPSConnection

    return {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
