"""The template of resources says of every function what it needs to be told, and which queue it reads."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from infra.template import merged
from local.emulator import ROOT
from local.resources import ENVIRONMENT
from local.runner import FEEDS

TEXT: dict[str, Any] = merged()


def readers() -> list[str]:
    """The names of the functions of `app.py` that read queues."""
    calls = [node for node in ast.walk(ast.parse((ROOT / "app.py").read_text())) if isinstance(node, ast.Call)]
    found = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "on_sqs_message"]
    return [str(ast.literal_eval(word.value)) for call in found for word in call.keywords if word.arg == "name"]


def test_every_function_knows_its_resources() -> None:
    variables = TEXT["Globals"]["Function"]["Environment"]["Variables"]
    others = {"AUTH_MODE", "ALLOW_NO_AUTH", "OIDC_ISSUER", "OIDC_AUDIENCE", "KEYSTONE_URL"}
    others |= {"STACK_PREFIX", "TRACE_SAMPLE", "TARGET_QUEUE_PREFIX"}
    assert set(ENVIRONMENT) | others == set(variables)
    for name, logical in ENVIRONMENT.items():
        assert logical in str(variables[name])


@pytest.mark.parametrize("function", readers())
def test_a_function_reads_its_queues_and_names_the_messages_that_failed(function: str) -> None:
    logical = "".join(word.capitalize() for word in function.split("_"))
    events = TEXT["Resources"][logical]["Properties"]["Events"]
    assert f"{logical}SqsEventSource" in events, "the one that Chalice makes"
    read = {event["Properties"]["Queue"]["Fn::Sub"] for event in events.values()}
    assert read == {f"${{{feed.queue}.Arn}}" for feed in FEEDS if feed.function == function}
    for event in events.values():
        assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
