"""Every allowed operation as an action: its parameters are the members of its input, and what is said beside them.

What is said beside them begins with an underscore, as no member does: `_region`, and `_paginate` where the operation
answers in pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from botocore.model import OperationModel

from chalicelib import errors
from chalicelib.actions.aws import service_models
from chalicelib.actions.aws.access import PREFIX, Allowed
from chalicelib.actions.runtime.action_type import ActionContext, ActionType, Outside
from chalicelib.actions.runtime.gateways import AwsCall
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import Parameter

REGION, PAGINATE = "_region", "_paginate"


class AwsActions:
    """The family of actions `aws.<service>_<operation>`."""

    def __init__(self, allowed: Sequence[Allowed]) -> None:
        self._allowed = sorted(allowed, key=lambda one: -len(one.service))
        """Longest names first: an operation of `iot` does not hide one of `iot-data`."""
        self._made: dict[str, ActionType] = {}

    def find(self, name: str) -> ActionType | None:
        """The action of this name; loads the model of its service alone."""
        if not name.startswith(PREFIX):
            return None
        if name not in self._made:
            found = next(self._called(name), None)
            if found is None:
                return None
            self._made[name] = found
        return self._made[name]

    def all(self) -> Iterable[ActionType]:
        """Every action, service by service; loads the models of all of them."""
        for one in sorted(self._allowed, key=lambda one: one.service):
            for method, operation in service_models.service(one.service).operations.items():
                if one.allows(operation.name) and (found := self.find(one.prefix + method)) is not None:
                    yield found

    def _called(self, name: str) -> Iterator[ActionType]:
        for one in self._allowed:
            if not name.startswith(one.prefix):
                continue
            service, method = service_models.service(one.service), name.removeprefix(one.prefix)
            operation = service.operations.get(method)
            if operation is not None and one.allows(operation.name) and service_models.is_offered(operation):
                yield _row(name, service, method, operation)


def _row(name: str, service: service_models.Service, method: str, operation: OperationModel) -> ActionType:
    in_pages, looks = method in service.pages, service_models.only_looks(operation)
    return ActionType(
        name=name,
        description=service_models.description(operation),
        class_name=f"boto3.{service.name}.{operation.name}",
        parameters=(*_members(operation), Parameter(REGION, None), *([Parameter(PAGINATE, False)] if in_pages else [])),
        run=partial(_run, service.name, method, looks),
        only_looks=looks,
    )


def _members(operation: OperationModel) -> Iterable[Parameter]:
    shape = operation.input_shape
    if shape is None:
        return
    for name in shape.members:
        if name in shape.required_members:
            yield Parameter(name)
    for name in shape.members:
        if name not in shape.required_members:
            yield Parameter(name, None)


def _run(service: str, method: str, looks: bool, given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    region, all_pages = given[REGION], given.get(PAGINATE, False)
    if not isinstance(region, str | None):
        raise errors.InvalidRequest(f"{REGION} must be text, such as eu-south-1")
    if not isinstance(all_pages, bool):
        raise errors.InvalidRequest(f"{PAGINATE} must be true or false")
    call = AwsCall(
        service=service,
        method=method,
        input={name: value for name, value in given.items() if name not in (REGION, PAGINATE) and value is not None},
        project_id=context.project_id,
        region=region or None,
        all_pages=all_pages,
        repeatable=looks,
        token=context.action_execution_id,
    )
    return outside.aws(call, context.timeout)
