"""The kinds of definitions, and what they are called in refusals."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.errors import Duplicate, NotFound


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of definitions."""

    name: str
    unknown: str
    """The refusal if there is none, with places for `identifier` and `namespace`."""
    duplicate: str
    """The refusal if there is one, with places for `name`, `namespace` and `project_id`."""
    has_ids: bool = True
    """Whether an id stands for the name."""

    def missing(self, identifier: str, namespace: str = "") -> NotFound:
        """Nobody has, or shows, such a definition."""
        return NotFound(self.unknown.format(identifier=identifier, namespace=namespace))

    def taken(self, name: str, namespace: str, project_id: str) -> Duplicate:
        """The name is in use."""
        return Duplicate(self.duplicate.format(name=name, namespace=namespace, project_id=project_id))


_IN_NAMESPACE = "Duplicate entry for {} ['name', 'namespace', 'project_id']: {{name}}, {{namespace}}, {{project_id}}"
_BY_NAME = "Duplicate entry for {} ['name', 'project_id']: {{name}}, {{project_id}}"

WORKFLOW = Kind(
    "workflow",
    "Workflow not found [workflow_identifier={identifier}, namespace={namespace}]",
    _IN_NAMESPACE.format("WorkflowDefinition"),
)
ACTION = Kind(
    "action",
    "Action definition not found [action_name={identifier}, namespace={namespace}]",
    _IN_NAMESPACE.format("Action"),
)
WORKBOOK = Kind(
    "workbook",
    "Workbook not found [name={identifier}, namespace={namespace}]",
    _IN_NAMESPACE.format("WorkbookDefinition"),
    has_ids=False,
)
ENVIRONMENT = Kind(
    "environment", "Environment not found [name={identifier}]", _BY_NAME.format("Environment"), has_ids=False
)
CODE_SOURCE = Kind(
    "code_source",
    "Code Source not found [name={identifier},namespace={namespace}]",
    _IN_NAMESPACE.format("CodeSource"),
)
DYNAMIC_ACTION = Kind(
    "dynamic_action",
    "Dynamic Action not found [name={identifier},namespace={namespace}]",
    "Duplicate entry for dynamic action definition [name={name}, namespace={namespace}, project_id={project_id}]",
)
CRON_TRIGGER = Kind("cron_trigger", "Cron trigger not found [identifier={identifier}]", _BY_NAME.format("cron trigger"))
CRON_TWIN = Kind("cron_twin", "", "Duplicate entry for cron trigger: another one starts the same at the same times")
"""Reserves what must not be in two cron triggers of a project; named by a digest of it."""
EVENT_TRIGGER = Kind(
    "event_trigger",
    "Event trigger not found [id={identifier}].",
    "Duplicate entry for EventTrigger ['exchange', 'topic', 'event', 'workflow_id', 'project_id']: "
    "{namespace}, {name}, {project_id}",
)
"""Their key is what they wait for: `waited_for` is the namespace, the id of the workflow the name."""
