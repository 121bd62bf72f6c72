"""Workflows that come with the service, as `create_instance` and `delete_instance` do with Mistral, here over EC2.

Texts are never changed, as executions go on with theirs: a new text is added behind the one that it replaces.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType

from chalicelib.core.engine.state.interfaces import Actions
from chalicelib.errors import InvalidRequest, NotFound
from chalicelib.ports.definitions import DefinitionRecord, DefinitionText
from chalicelib.service.access.caller import DEFAULT_PROJECT
from chalicelib.service.definitions.bundled.instances import CREATE_INSTANCE, DELETE_INSTANCE, WAIT_FOR_INSTANCE
from chalicelib.service.definitions.content import workflows_in
from chalicelib.service.definitions.kinds import WORKFLOW
from chalicelib.service.definitions.repository import PUBLIC, SYSTEM

TEXTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "create_instance": (CREATE_INSTANCE,),
        "delete_instance": (DELETE_INSTANCE,),
        "std.wait_for_instance": (WAIT_FOR_INSTANCE,),
    }
)
"""By name every text that there ever was, the current one last."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {"std.create_instance": "create_instance", "std.delete_instance": "delete_instance"}
)
"""Other names by which they are found; lists show the names that Mistral has."""

NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "create_instance": ("aws.ec2_run_instances", "aws.ec2_describe_instances"),
        "delete_instance": ("aws.ec2_terminate_instances", "aws.ec2_describe_instances"),
        "std.wait_for_instance": ("aws.ec2_describe_instances",),
    }
)
"""The actions without which they cannot do anything."""

PREFIX = "packaged/"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Packaged:
    """One version of one of them."""

    record: DefinitionRecord
    text: DefinitionText


IDS: Mapping[str, str] = MappingProxyType(
    {str(uuid.uuid5(uuid.NAMESPACE_OID, f"meltemi workflow {name}")): name for name in TEXTS}
)
"""Their names by their ids."""


def record(name: str) -> DefinitionRecord:
    """The current version of one of them; texts are parsed when they are first asked for."""
    return _packaged(name, len(TEXTS[name])).record


def of_ref(ref: str) -> DefinitionText | None:
    """The text that `ref` stands for; `None` if that is a stored workflow's. Raises `NotFound` if nobody has it."""
    name = _name_in(ref)
    return None if name is None else _version(name, ref).text


def check_needs(ref: str, actions: Actions, project_id: str) -> None:
    """Raise `InvalidRequest` if `ref` is of a workflow of this module whose actions are not there.

    Any action of the name will do, ad-hoc ones of the project included. Other workflows fail when a task of theirs
    starts; these were written by nobody who could know what the service offers.
    """
    name = _name_in(ref)
    for needed in NEEDED[name] if name is not None else ():
        if not actions.knows(needed) and actions.adhoc.find(needed, project_id, "") is None:
            raise InvalidRequest(
                f"Workflow {name} needs the action {needed}, which this service does not offer: ec2 has to be among "
                "its AWS_ACTIONS."
            )


def ref_of(name: str, text: str) -> str:
    """What stands for a version."""
    return f"{PREFIX}{name}/{hashlib.sha256(text.encode()).hexdigest()}"


def _name_in(ref: str) -> str | None:
    name = ref.removeprefix(PREFIX).rpartition("/")[0]
    return name if ref.startswith(PREFIX) and name in TEXTS else None


def _version(name: str, ref: str) -> Packaged:
    for version, text in enumerate(TEXTS[name], 1):
        if ref_of(name, text) == ref:
            return _packaged(name, version)
    raise NotFound(f"There is no definition {ref}")


@cache
def _packaged(name: str, version: int) -> Packaged:
    """A version; it is parsed without the checks, which a test makes."""
    text = TEXTS[name][version - 1]
    (content,) = workflows_in(text, "", checked=False)
    record = DefinitionRecord(
        kind=WORKFLOW.name,
        id=next(identifier for identifier in IDS if IDS[identifier] == name),
        project_id=DEFAULT_PROJECT,
        namespace="",
        name=name,
        scope=PUBLIC,
        version=version,
        ref=ref_of(name, text),
        tags=content.tags,
        checksum=content.checksum,
        created_at=SINCE,
        facts={**content.facts, SYSTEM: True},
    )
    return Packaged(record, DefinitionText(content.text, content.body))
