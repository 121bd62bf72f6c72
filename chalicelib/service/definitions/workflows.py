"""Use cases of workflow definitions: find, create, update, remove.

What a workflow says is in immutable versions of its text; executions are pinned to one. What it is called, whose it is
and which version is current is in its record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from chalicelib.core.language import workflow_spec
from chalicelib.core.language.spec import WorkflowSpec
from chalicelib.errors import Forbidden, InvalidRequest
from chalicelib.ports.access import NoShares, SharedWorkflows
from chalicelib.ports.clock import Clock
from chalicelib.ports.definitions import DefinitionRecord, DefinitionStore
from chalicelib.service.access.caller import Caller
from chalicelib.service.definitions.content import Specs, workflows_in
from chalicelib.service.definitions.kinds import CRON_TRIGGER, EVENT_TRIGGER, WORKFLOW
from chalicelib.service.definitions.repository import (
    ALWAYS,
    PUBLIC,
    RENAMED,
    Condition,
    Content,
    Shelf,
    check_scope,
    random_id,
)

WorkflowRecord: TypeAlias = DefinitionRecord


class Definitions:
    """Workflow definitions of every project."""

    def __init__(
        self,
        store: DefinitionStore,
        clock: Clock,
        new_id: Callable[[], str] = random_id,
        shares: SharedWorkflows | None = None,
    ) -> None:
        self._shares = shares or NoShares()
        self._shelf = Shelf(WORKFLOW, store, clock, new_id, self._shares)
        self._specs = Specs(lambda ref: workflow_spec(self._shelf.body(ref)))

    def find_workflow(self, project_id: str, identifier: str, namespace: str) -> WorkflowRecord:
        """The workflow that a project means by an id or a name: its own one, then a public, then a shared one."""
        return self.workflow(Caller(project_id), identifier, namespace)

    def workflow(self, caller: Caller, identifier: str, namespace: str) -> WorkflowRecord:
        """As `find_workflow`, but admins find everything."""
        return self._shelf.found(caller, identifier, namespace)

    def workflows(self, caller: Caller) -> list[WorkflowRecord]:
        """Every workflow the caller can see."""
        return self._shelf.seen_by(caller)

    def lasting_name(self, identifier: str) -> str | None:
        """The only name that a workflow ever had, whose ever it is; `None` if it had several or is not there.

        Executions are found by the name under which they were started.
        """
        found = self._shelf.by_id(identifier)
        return None if found is None or RENAMED in found.facts else found.name

    def spec(self, ref: str) -> WorkflowSpec:
        """The spec of a version; kept in this process, as versions never change."""
        return self._specs.of(ref)

    def text(self, ref: str) -> str:
        """The text of a version, as it was sent."""
        return self._shelf.text(ref)

    def texts(self, refs: Collection[str]) -> dict[str, str]:
        """The texts of several versions."""
        return self._shelf.texts(refs)

    def create_workflows(
        self, caller: Caller, text: str, namespace: str, scope: str, checked: bool = True
    ) -> list[WorkflowRecord]:
        """Store every workflow of a document, or none. Raises `Duplicate` if a name is taken.

        Not `checked`, here as below: the document is not validated, as far as that can be left out.
        """
        check_scope(scope)
        return self._shelf.add(caller.project_id, workflows_in(text, namespace, checked), namespace, scope)

    def update_workflows(
        self,
        caller: Caller,
        text: str,
        namespace: str,
        scope: str,
        condition: Condition = ALWAYS,
        checked: bool = True,
    ) -> list[WorkflowRecord]:
        """Give the workflows that a document names their new text; all or none."""
        check_scope(scope)
        contents = workflows_in(text, namespace, checked)
        found = [(self._shelf.changeable(caller, each.name, namespace, condition), each) for each in contents]
        return self._renewed(found, scope, condition)

    def update_workflow(
        self,
        caller: Caller,
        identifier: str,
        text: str,
        namespace: str,
        scope: str,
        condition: Condition = ALWAYS,
        checked: bool = True,
    ) -> WorkflowRecord:
        """Give one workflow a new text and perhaps a new name; it stays in its namespace."""
        check_scope(scope)
        contents = workflows_in(text, namespace, checked)
        if len(contents) > 1:
            raise InvalidRequest(
                f"More than one workflows are not supported for update with identifier. [identifier: {identifier}]"
            )
        old = self._shelf.changeable(caller, identifier, namespace, condition)
        return self._renewed([(old, contents[0])], scope, condition)[0]

    def delete_workflow(self, caller: Caller, identifier: str, namespace: str, condition: Condition = ALWAYS) -> None:
        """Forget a workflow; executions of it go on. Raises `InvalidRequest` while triggers would start it."""
        found = self._shelf.changeable(caller, identifier, namespace, condition)
        place = f"[workflow_identifier={identifier}, namespace={namespace}]"
        for kind, name in ((CRON_TRIGGER, "cron"), (EVENT_TRIGGER, "event")):
            triggers = sorted(trigger.id for trigger in self._shelf.used_by(kind, found.id))
            if triggers:
                raise InvalidRequest(
                    f"Can't delete workflow that has {name} triggers associated. {place}, "
                    f"[{name}_trigger_id(s)={', '.join(triggers)}]"
                )
        self._shares.forget(found.id)  # first: who sends this again after a failure finds the workflow still there
        self._shelf.remove(found, condition)

    def _renewed(
        self, changes: Sequence[tuple[WorkflowRecord, Content]], scope: str, condition: Condition
    ) -> list[WorkflowRecord]:
        """The workflows with new content. Raises `Forbidden` if one would be hidden from triggers of other projects."""
        for old, _ in changes:
            if old.scope == PUBLIC and scope != PUBLIC:
                self._check_hiding(old)
        return self._shelf.renew(changes, scope, condition)

    def _check_hiding(self, workflow: WorkflowRecord) -> None:
        kinds = (CRON_TRIGGER, EVENT_TRIGGER)
        triggers = [trigger for kind in kinds for trigger in self._shelf.used_by(kind, workflow.id)]
        if any(trigger.project_id != workflow.project_id for trigger in triggers):
            raise Forbidden(
                f"Workflow {workflow.name} cannot become private: triggers of other projects start it. Upload it with "
                "scope=public, or have them removed first."
            )


def version(ref: str) -> str:
    """What people see of the version of a definition that `ref` names: twelve characters, equal for equal texts."""
    return ref.rpartition("/")[2][:12]
