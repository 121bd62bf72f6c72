"""One stack of CloudFormation: what it is, how it is changed, and why a change failed.

Every change is a change set: it is made first, looked at, and only then carried out, so that nothing is replaced or
removed that holds data. The functions here talk to CloudFormation alone and print nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.template import NAMES

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ChangeTypeDef, ParameterTypeDef

PATIENCE_SECONDS = 1800.0
EVERY_SECONDS = 5.0
_NOTHING = ("didn't contain changes", "No updates are to be performed")


class DeploymentFailed(Exception):
    """What went wrong, in words for whoever deploys."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a change set."""

    action: str
    name: str
    kind: str
    replaced: bool

    def loses_data(self) -> bool:
        """Whether carrying it out would leave the service without what it has stored."""
        return self.kind in NAMES and (self.replaced or self.action == "Remove")


class Stack:
    """A stack by name. `pause` waits so many seconds between two looks."""

    def __init__(
        self,
        client: CloudFormationClient,
        name: str,
        pause: Callable[[float], None] = time.sleep,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._client = client
        self.name = name
        self._pause = pause
        self._every = every

    def status(self) -> str | None:
        """What CloudFormation calls its state; `None` if there is no such stack."""
        try:
            return self._client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def outputs(self) -> dict[str, str]:
        """What the template says about the finished stack."""
        found = self._client.describe_stacks(StackName=self.name)["Stacks"][0].get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in found}

    def plan(self, template_url: str, parameters: Mapping[str, str]) -> tuple[str, list[Change]]:
        """Make a change set: its name and what it would do; nothing at all if the stack is like that already.

        Parameters that are not given keep their values. What an earlier stack of that name left is taken over.
        """
        status = self._ready()
        creating = status in (None, "REVIEW_IN_PROGRESS")
        plan = f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=plan,
            ChangeSetType="CREATE" if creating else "UPDATE",
            TemplateURL=template_url,
            Parameters=self._parameters(template_url, parameters, creating),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            ImportExistingResources=True,
        )
        reason = self._planned(plan)
        if any(words in reason for words in _NOTHING):
            self.forget(plan)
            return plan, []
        if reason:
            self.forget(plan)
            raise DeploymentFailed(f"CloudFormation cannot change {self.name}: {reason}")
        return plan, self._changes(plan)

    def carry_out(self, plan: str) -> None:
        """Execute a change set and wait for its end. Raises `DeploymentFailed` with what CloudFormation says failed."""
        began = datetime.now(UTC)
        self._client.execute_change_set(StackName=self.name, ChangeSetName=plan)
        status = self._settled()
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
            raise DeploymentFailed(f"{self.name} is {status}:\n" + "\n".join(self._failures(began)))

    def forget(self, plan: str) -> None:
        """Remove a change set that is not carried out, and the empty stack that it may have been made with."""
        self._client.delete_change_set(StackName=self.name, ChangeSetName=plan)
        if self.status() == "REVIEW_IN_PROGRESS":
            self._client.delete_stack(StackName=self.name)

    def kept(self) -> list[tuple[str, str]]:
        """Type and name of the resources that stay when the stack is deleted."""
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        found = [resource for page in pages for resource in page["StackResourceSummaries"]]
        return sorted(
            (resource["ResourceType"], resource["PhysicalResourceId"])
            for resource in found
            if resource["ResourceType"] in NAMES
        )

    def delete(self) -> None:
        """Delete the stack and wait until it is gone. Raises `DeploymentFailed` with what could not be deleted."""
        began = datetime.now(UTC)
        self._client.delete_stack(StackName=self.name)
        status = self._settled()
        if status not in (None, "DELETE_COMPLETE"):
            raise DeploymentFailed(f"{self.name} is {status}:\n" + "\n".join(self._failures(began)))

    def _ready(self) -> str | None:
        status = self.status()
        if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
            raise DeploymentFailed(f"{self.name} is {status}, which only removing it can end: destroy it, then deploy")
        if status and status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise DeploymentFailed(f"{self.name} is {status}: somebody else changes it now, try again afterwards")
        return status

    def _parameters(self, template_url: str, given: Mapping[str, str], creating: bool) -> Sequence[ParameterTypeDef]:
        known = self._client.get_template_summary(TemplateURL=template_url)["Parameters"]
        names = [parameter["ParameterKey"] for parameter in known]
        unknown = sorted(set(given) - set(names))
        if unknown:
            raise DeploymentFailed(f"there is no parameter {', '.join(unknown)}; there are {', '.join(sorted(names))}")
        before = set() if creating else self._given_before()
        chosen: list[ParameterTypeDef] = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in given.items()
        ]
        return chosen + [
            {"ParameterKey": name, "UsePreviousValue": True} for name in names if name in before and name not in given
        ]

    def _given_before(self) -> set[str]:
        stack = self._client.describe_stacks(StackName=self.name)["Stacks"][0]
        return {parameter["ParameterKey"] for parameter in stack.get("Parameters", [])}

    def _planned(self, plan: str) -> str:
        """Wait for the change set; why it cannot be carried out, if so."""
        for _ in range(int(PATIENCE_SECONDS / self._every)):
            found = self._client.describe_change_set(StackName=self.name, ChangeSetName=plan)
            if found["Status"] == "CREATE_COMPLETE":
                return ""
            if found["Status"] == "FAILED":
                return found.get("StatusReason") or "no reason was given"
            self._pause(self._every)
        raise DeploymentFailed(f"CloudFormation did not finish the change set {plan} of {self.name}")

    def _changes(self, plan: str) -> list[Change]:
        pages = self._client.get_paginator("describe_change_set").paginate(StackName=self.name, ChangeSetName=plan)
        return [_change(each) for page in pages for each in page["Changes"]]

    def _settled(self) -> str | None:
        for _ in range(int(PATIENCE_SECONDS / self._every)):
            status = self.status()
            if status is None or not status.endswith("_IN_PROGRESS"):
                return status
            self._pause(self._every)
        raise DeploymentFailed(f"{self.name} is still {status} after {PATIENCE_SECONDS / 60:.0f} minutes")

    def _failures(self, since: datetime) -> list[str]:
        """What failed since then, the first failure first: the others are mostly its consequences."""
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=self.name)
        events = [event for page in pages for event in page["StackEvents"] if event["Timestamp"] >= since]
        failed = [event for event in events if event.get("ResourceStatus", "").endswith("_FAILED")]
        return [
            f"  {event.get('LogicalResourceId')} ({event.get('ResourceType')}): {event.get('ResourceStatusReason', '')}"
            for event in reversed(failed)
        ]


def _change(found: ChangeTypeDef) -> Change:
    resource = found["ResourceChange"]
    replaced = resource.get("Replacement") == "True"
    return Change(resource["Action"], resource["LogicalResourceId"], resource["ResourceType"], replaced)
