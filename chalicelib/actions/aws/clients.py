"""Clients of AWS services for actions, with a cache of assumed-role credentials."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import errors
from chalicelib.actions.aws import service_models
from chalicelib.actions.aws.access import AwsAccess, Role

EARLY = timedelta(minutes=20)
"""Longer than a call may take, so that no rights expire meanwhile."""


MAX_ROLES = 256


AssumeRole = Callable[[Role], dict[str, Any]]
"""Asks STS; its `Credentials`."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Credentials for a while."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    until: datetime


class RoleRefused(errors.Forbidden):
    """The role of a project could not be assumed."""


class Lending:
    """Rights by role. Threads may ask side by side."""

    def __init__(self, assume: AssumeRole, now: Callable[[], datetime]) -> None:
        self._assume = assume
        self._now = now
        self._kept: dict[Role, Rights] = {}
        self._lock = threading.Lock()

    def rights(self, role: Role) -> Rights:
        """Those of `role`, good for a while. Raises what `assume` does."""
        with self._lock:
            found = self._kept.get(role)
            if found is None or found.until - EARLY <= self._now():
                if len(self._kept) >= MAX_ROLES:
                    self._kept.clear()
                found = self._kept[role] = _rights(self._assume(role))
            return found


def _rights(credentials: dict[str, Any]) -> Rights:
    return Rights(
        key_id=credentials["AccessKeyId"],
        secret=credentials["SecretAccessKey"],
        token=credentials["SessionToken"],
        until=credentials["Expiration"],
    )


CONNECT_SECONDS = 10


CONNECTIONS = 64
"""Sockets a client keeps open: enough for all threads of a local run."""


STS_SECONDS = 10


MAX_KEPT = 32


@dataclass(frozen=True, slots=True)
class Kind:
    """What one client differs in from another."""

    service: str
    region: str
    seconds: int
    """How long to wait for an answer."""
    rights: Rights | None = None
    """`None`: those of this process."""


class Elsewhere(errors.Forbidden):
    """The request would not go to AWS."""


class MakeClient(Protocol):
    """Makes a client of boto3 that sends every request once."""

    def __call__(self, kind: Kind, /) -> Any:
        """A new one."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """The `MakeClient` of the real world."""

    boto: boto3.session.Session
    endpoint_url: str | None = None

    def __call__(self, kind: Kind) -> Any:
        """See `MakeClient`."""
        rights = kind.rights
        keys = {} if rights is None else _keys(rights)
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=kind.seconds,
            max_pool_connections=CONNECTIONS,
            retries={"total_max_attempts": 1},
        )
        make: Any = self.boto.client
        made = make(kind.service, region_name=kind.region, endpoint_url=self.endpoint_url, config=config, **keys)
        made.meta.events.register("before-send", partial(check_host, made.meta.endpoint_url))
        return made


def check_host(endpoint_url: str, request: Any, **_: object) -> None:
    """Raise `Elsewhere` for a request that goes neither to AWS nor to the endpoint of its client: whatever an input
    makes of the host, nothing signed leaves for another place."""
    host = urlsplit(request.url).hostname or ""
    if host != urlsplit(endpoint_url).hostname and not host.endswith(service_models.domains()):
        raise Elsewhere(f"{host!r} is no host of AWS")


class Clients:
    """Makes clients and keeps the last ones; threads may ask side by side."""

    def __init__(self, make: MakeClient, lending: Lending) -> None:
        self._make = make
        self._lending = lending
        self._kept: OrderedDict[Kind, Any] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def of(cls, access: AwsAccess) -> Clients:
        """Those of this process, at the endpoint of `access`."""
        make = Session(boto3.session.Session(), access.endpoint_url)
        return cls(make, Lending(Sts(make, access.region), lambda: datetime.now(UTC)))

    def client(self, role: Role | None, service: str, region: str, seconds: float) -> Any:
        """A client with the rights of `role`, or of this process. Raises `RoleRefused`."""
        rights = None if role is None else self._lending.rights(role)
        kind = Kind(service, region, max(int(seconds), 1), rights)
        with self._lock:
            found = self._kept.pop(kind, None) or self._make(kind)
            self._kept[kind] = found
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
            return found


@dataclass(frozen=True, slots=True)
class Sts:
    """The `AssumeRole` of the real world."""

    make: MakeClient
    region: str

    def __call__(self, role: Role) -> dict[str, Any]:
        """See `AssumeRole`. Raises `RoleRefused`."""
        external = {} if role.external_id is None else {"ExternalId": role.external_id}
        try:
            sts = self.make(Kind("sts", self.region, STS_SECONDS))
            answer = sts.assume_role(RoleArn=role.arn, RoleSessionName=role.session, **external)
        except ClientError as error:
            raise RoleRefused(f"The role {role.arn} cannot be assumed: {_code(error)}") from None
        except BotoCoreError as error:
            raise RoleRefused(f"The role {role.arn} cannot be assumed: {type(error).__name__}") from None
        credentials: dict[str, Any] = answer["Credentials"]
        return credentials


def _keys(rights: Rights) -> dict[str, str]:
    return {
        "aws_access_key_id": rights.key_id,
        "aws_secret_access_key": rights.secret,
        "aws_session_token": rights.token,
    }


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
