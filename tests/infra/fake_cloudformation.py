"""CloudFormation as far as `infra.stack` talks to it: one stack, whose changes end as the test says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

TABLE = {"LogicalResourceId": "RunsTable", "ResourceType": "AWS::DynamoDB::Table"}


class FakeCloudFormation:
    """Each call is kept in `calls`; a stack takes `looks` looks until it has settled."""

    def __init__(
        self,
        status: str | None = None,
        *,
        ends: str | None = "UPDATE_COMPLETE",
        planned: tuple[str, str] = ("CREATE_COMPLETE", ""),
        changes: tuple[dict[str, Any], ...] = ({"Action": "Modify", "LogicalResourceId": "Step", "ResourceType": "F"},),
        looks: int = 2,
    ) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._status, self._ends, self._planned, self._changes = status, ends, planned, changes
        self._looks = looks
        self._left = 0

    @property
    def client(self) -> CloudFormationClient:
        """Itself, to whoever wants a client."""
        return cast("CloudFormationClient", self)

    def asked(self, name: str) -> list[dict[str, Any]]:
        """The arguments of the calls of that name."""
        return [arguments for call, arguments in self.calls if call == name]

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        if self._left:
            self._left -= 1
            if not self._left:
                self._status = self._ends
        if self._status is None:
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}},
                "DescribeStacks",
            )
        outputs = [{"OutputKey": "EndpointURL", "OutputValue": "https://x/api/"}]
        parameters = [{"ParameterKey": "Prefix", "ParameterValue": "p"}, {"ParameterKey": "Gone", "ParameterValue": ""}]
        return {"Stacks": [{"StackStatus": self._status, "Outputs": outputs, "Parameters": parameters}]}

    def get_template_summary(self, TemplateURL: str) -> dict[str, Any]:
        return {"Parameters": [{"ParameterKey": name} for name in ("Prefix", "LogDays")]}

    def create_change_set(self, **arguments: Any) -> None:
        self.calls.append(("create_change_set", arguments))
        if self._status is None:
            self._status = "REVIEW_IN_PROGRESS"

    def describe_change_set(self, **_: Any) -> dict[str, Any]:
        return {"Status": self._planned[0], "StatusReason": self._planned[1]}

    def execute_change_set(self, **arguments: Any) -> None:
        self.calls.append(("execute_change_set", arguments))
        self._status, self._left = "UPDATE_IN_PROGRESS", self._looks

    def delete_change_set(self, **arguments: Any) -> None:
        self.calls.append(("delete_change_set", arguments))

    def delete_stack(self, **arguments: Any) -> None:
        self.calls.append(("delete_stack", arguments))
        self._status, self._left = "DELETE_IN_PROGRESS", self._looks

    def get_paginator(self, name: str) -> Any:
        """Pages of one entry each."""
        now = datetime.now(UTC)
        failed = {**TABLE, "ResourceStatus": "CREATE_FAILED"}
        entries: dict[str, tuple[str, tuple[dict[str, Any], ...]]] = {
            "describe_change_set": ("Changes", tuple({"ResourceChange": change} for change in self._changes)),
            "list_stack_resources": (
                "StackResourceSummaries",
                (
                    {"ResourceType": "AWS::SQS::Queue", "PhysicalResourceId": "q"},
                    {"ResourceType": "AWS::DynamoDB::Table", "PhysicalResourceId": "p-runs"},
                ),
            ),
            "describe_stack_events": (
                "StackEvents",
                (
                    {**failed, "LogicalResourceId": "Step", "ResourceStatusReason": "cancelled", "Timestamp": now},
                    {**TABLE, "ResourceStatus": "CREATE_IN_PROGRESS", "Timestamp": now},
                    {**failed, "ResourceStatusReason": "no more tables", "Timestamp": now + timedelta(seconds=1)},
                    {**failed, "ResourceStatusReason": "last week", "Timestamp": now - timedelta(days=7)},
                ),
            ),
        }
        return _Pages(*entries[name])


class _Pages:
    def __init__(self, key: str, entries: tuple[dict[str, Any], ...]) -> None:
        self._key, self._entries = key, entries

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        return ({self._key: [entry]} for entry in self._entries)
