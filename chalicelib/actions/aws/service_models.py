"""The descriptions of AWS services that come with botocore, each loaded when it is first asked for and then kept.

The largest (EC2) takes some 150 ms and 20 MB, the usual ones a tenth of that.
"""

from __future__ import annotations

import gzip
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

_LOOKS = ("Describe", "List", "Get", "Head", "BatchGet", "Query", "Scan", "Search", "Lookup", "Select")
"""How operations are called that only look."""
_SECRETS = frozenset({"secretaccesskey", "secretkey"})
"""Members that hold credentials of AWS."""
_HOST_FROM_INPUT = frozenset({("machinelearning", "Predict")})
"""Operations whose input says which host to call."""

_ASIDE = re.compile(r"<(note|important|caution|warning)>.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_LONGEST_DESCRIPTION = 300
_OTHER_NAME = re.compile(
    r'"(?:endpointPrefix|signingName|serviceId|serviceAbbreviation|serviceFullName)"\s*:\s*"([^"]+)"'
)
_ALIKE = 0.75
"""How much two names have in common that may be meant for each other."""
_METADATA = 2_000
"""Characters at the beginning of a description that hold its metadata."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its operations by the methods of its client, and how those go on that come in pages."""

    name: str
    operations: Mapping[str, OperationModel]
    pages: Mapping[str, dict[str, Any]]
    """By method: how its pages go on."""


def exists(name: str) -> bool:
    """Whether botocore knows the service, without loading anything."""
    return (_folder() / name).is_dir()


def alike(name: str) -> tuple[str, ...]:
    """The services that somebody may mean by `name`: those that AWS calls so elsewhere, in endpoints, ids or titles,
    else those whose names look much like it. Reads the beginning of every description."""
    wanted, known = _plain(name), _other_names()
    exact = tuple(sorted(service for service, names in known.items() if wanted in names))
    if exact:
        return exact
    spellings = {other: service for service, names in known.items() for other in names}
    spellings |= {_plain(service): service for service in known}  # its own name before that of another's endpoint
    close = get_close_matches(wanted, spellings, n=3, cutoff=_ALIKE)
    return tuple(dict.fromkeys(spellings[one] for one in close))


def _other_names() -> dict[str, set[str]]:
    """All that the services are called, by how boto3 calls them."""
    return {
        folder.name: {_plain(folder.name), *map(_plain, _OTHER_NAME.findall(_beginning(folder)))}
        for folder in _folder().iterdir()
        if folder.is_dir()
    }


def _beginning(folder: Path) -> str:
    """The first part of the newest description, which holds what the service is called."""
    for path in sorted(folder.glob("*/service-2.json.gz"), reverse=True):
        with gzip.open(path, "rt", encoding="utf-8") as text:
            return text.read(_METADATA)
    return ""


def _plain(name: str) -> str:
    """A name without what differs from one spelling to another."""
    letters = re.sub(r"[^a-z0-9]", "", name.lower())
    return re.sub(r"^(aws|amazon)", "", letters) or letters


@cache
def service(name: str) -> Service:
    """The service of this name, which has to exist."""
    loader = _loader()
    model = ServiceModel(loader.load_service_model(name, "service-2"), name)
    operations = {xform_name(operation): model.operation_model(operation) for operation in model.operation_names}
    try:
        pages = loader.load_service_model(name, "paginators-1")["pagination"]
    except DataNotFoundError:
        pages = {}
    return Service(name, operations, {xform_name(operation): page for operation, page in pages.items()})


@cache
def domains() -> tuple[str, ...]:
    """How the names of all hosts of AWS end: `.amazonaws.com` …"""
    partitions = _loader().load_data("partitions")["partitions"]
    outputs = (partition["outputs"] for partition in partitions)
    return tuple({f".{found[key]}" for found in outputs for key in ("dnsSuffix", "dualStackDnsSuffix")})


def is_offered(operation: OperationModel) -> bool:
    """Whether the operation can be an action: it neither streams events nor hands out credentials."""
    if operation.has_event_stream_input or operation.has_event_stream_output:
        return False
    if (operation.service_model.service_name, operation.name) in _HOST_FROM_INPUT:
        return False
    return not any(member.lower() in _SECRETS for member in _members(operation.output_shape, set()))


def only_looks(operation: OperationModel) -> bool:
    """Whether the operation changes nothing, as far as its name tells."""
    return operation.name.startswith(_LOOKS)


def description(operation: OperationModel) -> str:
    """The first sentence of its documentation."""
    told = _ASIDE.sub(" ", operation.documentation or "")
    text = " ".join(html.unescape(_TAG.sub("", told.replace("</p>", " "))).split())
    return _SENTENCE.split(text)[0][:_LONGEST_DESCRIPTION] or operation.name


def _members(shape: Shape | None, seen: set[str]) -> Iterator[str]:
    """The names of all members at any depth."""
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    if isinstance(shape, StructureShape):
        for name, inner in shape.members.items():
            yield name
            yield from _members(inner, seen)
    for part in ("member", "key", "value"):
        yield from _members(getattr(shape, part, None), seen)


def _loader() -> Loader:
    return Loader(extra_search_paths=[str(_folder())])


@cache
def _folder() -> Path:
    found = find_spec("botocore")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "data"
