"""Who may do what, as one table over the template; and that no function has more than its own role."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from typing import Any

import pytest

from infra.template import merged
from local.emulator import ROOT

RESOURCES: dict[str, Any] = merged()["Resources"]

READ = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
WRITE = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"}
REMOVE = {"dynamodb:BatchWriteItem"}
DELETE = {"dynamodb:DeleteItem"}
GET, PUT = {"s3:GetObject"}, {"s3:PutObject"}
SEND = {"sqs:SendMessage", "sqs:GetQueueUrl"}
CONSUME = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}

ALL_QUEUES = {"EventsQueue": SEND, "ActionsQueue": SEND, "TimersQueue": SEND, "NotificationsQueue": SEND}
RUNS = {"RunsTable": READ | WRITE, "RunsTable/index/*": READ}
RUNS_TO_THE_END = {"RunsTable": READ | WRITE | REMOVE, "RunsTable/index/*": READ}
DEFINITIONS = {"DefinitionsTable": READ, "DefinitionsTable/index/*": READ}
DEFINITIONS_TOO = {"DefinitionsTable": READ | WRITE | DELETE, "DefinitionsTable/index/*": READ}
BLOBS = {"BlobsBucket/*": GET | PUT}
DEAD = {
    "EventsDeadQueue": CONSUME,
    "ActionsDeadQueue": CONSUME,
    "TimersDeadQueue": CONSUME,
    "ResultsDeadQueue": CONSUME,
}
IF_SO_SET = {
    "WorkersAreUsed": SEND,
    "RolesAreAssumed": {"sts:AssumeRole"},
    "SomeAreTraced": {"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
    "TargetsAreNotified": {"sns:Publish", "events:PutEvents"} | SEND,
}
"""What is allowed only if a parameter says with whom."""

ANY_BUS = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/*"
"""Triggers name whatever bus they like, and the API says whether it is there."""

TABLE: dict[str, dict[str, set[str]]] = {
    "StepRole": {
        "StepLogs": LOG,
        **RUNS_TO_THE_END,
        **DEFINITIONS,
        **BLOBS,
        **ALL_QUEUES,
        "EventsQueue": CONSUME | SEND,
    },
    "ExecuteRole": {
        "ExecuteLogs": LOG,
        **RUNS,
        **DEFINITIONS,
        **BLOBS,
        "ActionsQueue": CONSUME,
        "EventsQueue": SEND,
        "TimersQueue": SEND,
        "Sandbox": {"lambda:InvokeFunction"},
    },
    "TimersRole": {
        "TimersLogs": LOG,
        **RUNS,
        **DEFINITIONS_TOO,
        **BLOBS,
        **ALL_QUEUES,
        "TimersQueue": CONSUME | SEND,
    },
    "NotifyRole": {
        "NotifyLogs": LOG,
        "RunsTable": READ,
        "RunsTable/index/*": READ,
        "BlobsBucket/*": GET,
        "NotificationsQueue": CONSUME,
    },
    "ResultsRole": {
        "ResultsLogs": LOG,
        **RUNS,
        **DEFINITIONS,
        **BLOBS,
        "ResultsQueue": CONSUME,
        "EventsQueue": SEND,
        "TimersQueue": SEND,
    },
    "SandboxRole": {"SandboxLogs": LOG},
    "ListenRole": {
        "ListenLogs": LOG,
        **RUNS,
        **DEFINITIONS_TOO,
        **BLOBS,
        **ALL_QUEUES,
        "IncomingQueue": CONSUME | SEND,
    },
    "DeadLettersRole": {
        "DeadLettersLogs": LOG,
        **RUNS_TO_THE_END,
        **DEFINITIONS_TOO,
        **BLOBS,
        **ALL_QUEUES,
        **DEAD,
    },
    "TickRole": {"TickLogs": LOG, **RUNS_TO_THE_END, **DEFINITIONS_TOO, **BLOBS, **ALL_QUEUES},
    "ApiHandlerRole": {
        "ApiLogs": LOG,
        **RUNS_TO_THE_END,
        **DEFINITIONS_TOO,
        **BLOBS,
        **ALL_QUEUES,
        "Sandbox": {"lambda:InvokeFunction"},
        ANY_BUS: {"events:DescribeEventBus"},
    },
}


def functions() -> set[str]:
    """The logical names of the functions that Chalice makes of `app.py`."""
    tree = ast.parse((ROOT / "app.py").read_text())
    named = [
        str(ast.literal_eval(word.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call)
        for word in mark.keywords
        if word.arg == "name"
    ]
    return {"".join(part.capitalize() for part in name.split("_")) for name in named} | {"APIHandler", "Sandbox"}


def rights(role: str) -> dict[str, set[str]]:
    """What a role may do, by the resource that it may do it with."""
    found: dict[str, set[str]] = defaultdict(set)
    for policy in RESOURCES[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "Fn::If" in statement:
                continue
            assert statement["Effect"] == "Allow"
            for resource in statement["Resource"]:
                found[place(resource)] |= set(statement["Action"])
    return dict(found)


def place(resource: Any) -> str:
    """`{"Fn::GetAtt": [X, Arn]}` is X, `{"Fn::Sub": "${X.Arn}/index/*"}` is X/index/*."""
    match resource:
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text)
    return json.dumps(resource)


@pytest.mark.parametrize("role", TABLE)
def test_a_role_allows_what_its_function_does_and_nothing_else(role: str) -> None:
    assert rights(role) == TABLE[role]


def conditional(role: str) -> dict[str, set[str]]:
    """What a role may do if a condition holds; nothing if it does not."""
    found = {}
    for policy in RESOURCES[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "Fn::If" in statement:
                condition, then, otherwise = statement["Fn::If"]
                assert otherwise == {"Ref": "AWS::NoValue"}
                found[condition] = set(then["Action"])
    return found


@pytest.mark.parametrize("role", TABLE)
def test_what_parameters_allow_is_allowed_to_few(role: str) -> None:
    wanted = {
        "WorkersAreUsed": role == "ExecuteRole" or TABLE[role].get("ActionsQueue", set()) >= SEND,
        "RolesAreAssumed": "Sandbox" in TABLE[role],
        "SomeAreTraced": role != "SandboxRole",
        "TargetsAreNotified": role == "NotifyRole",
    }
    assert conditional(role) == {name: IF_SO_SET[name] for name, so in wanted.items() if so}


def test_users_code_finds_no_secret_in_its_environment() -> None:
    """What all functions are told holds no parameter that is kept from sight."""
    whole = merged()
    secret = [name for name, found in whole["Parameters"].items() if found.get("NoEcho")]
    assert secret
    assert "Environment" not in RESOURCES["Sandbox"]["Properties"]
    assert not [name for name in secret if name in json.dumps(whole["Globals"])]


@pytest.mark.parametrize("function", sorted(functions()))
def test_every_function_has_a_role_and_logs_of_its_own(function: str) -> None:
    role = {"APIHandler": "ApiHandlerRole"}.get(function, f"{function}Role")
    logs = RESOURCES[function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    assert TABLE[role][logs] == LOG
    assert RESOURCES[logs]["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}


def test_no_right_is_for_everything() -> None:
    for role in TABLE:
        for resource, actions in rights(role).items():
            assert resource == ANY_BUS or re.match(r"[A-Z]\w+(/index/\*|/\*)?$", resource), (role, resource)
            assert not [action for action in actions if "*" in action]


def test_a_function_that_nobody_thought_of_may_do_nothing() -> None:
    assert json.loads((ROOT / ".chalice" / "policy.json").read_text())["Statement"] == []
