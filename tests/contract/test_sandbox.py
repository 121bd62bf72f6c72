"""The sandbox function in an emulator that runs functions: a package without `app.py`, called over the real door."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import boto3
import pytest

from chalicelib.actions.aws.access import AwsAccess
from chalicelib.actions.gateways import SandboxPlace, open_doors
from chalicelib.actions.runtime.action_type import Outside
from chalicelib.actions.runtime.gateways import PythonAnswer, PythonCall, ScriptFailed
from local.emulator import ROOT
from tests.contract.conftest import REGION, fresh_prefix

SEEN = """
import os
class A:
    def run(self, context):
        return sorted(os.environ)
class B:
    def run(self, context):
        return open('/etc/passwd').read()
"""


@pytest.fixture(scope="module")
def doors(ministack_url: str) -> Iterator[Outside]:
    name = fresh_prefix()
    client = boto3.client("lambda", endpoint_url=ministack_url, region_name=REGION)
    client.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/nothing",
        Handler="chalicelib.entry.functions.sandbox.sandbox",
        Timeout=60,
        Code={"ZipFile": package()},
    )
    yield open_doors(str, sandbox=SandboxPlace(name, AwsAccess(own_role=True, endpoint_url=ministack_url)))
    client.delete_function(FunctionName=name)
    client.close()


def package() -> bytes:
    """Only the rooms that the function is made of."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in [*ROOT.glob("chalicelib/*.py"), *ROOT.glob("chalicelib/[ace]*/**/*.py")]:
            archive.write(path, path.relative_to(ROOT))
    with packed:
        return packed.getvalue()


def test_code_runs_in_the_function_and_sees_nothing(doors: Outside) -> None:
    assert doors.script("return [1, $]", {"a": "é"}, 30.0) == [1, {"a": "é"}]
    seen = doors.python(PythonCall(SEEN, "m", "A", {}, {}), 30.0).value
    assert isinstance(seen, list)
    assert not [name for name in seen if str(name).startswith("AWS")]
    assert "Operation not permitted" in str(doors.python(PythonCall(SEEN, "m", "B", {}, {}), 30.0).raised)


def test_its_errors_are_those_of_a_process_of_this_machine(doors: Outside) -> None:
    with pytest.raises(ScriptFailed, match="boom"):
        doors.script("throw new Error('boom')", None, 30.0)
    assert doors.python(PythonCall("", "m", "A", {}, {}), 30.0) == PythonAnswer(
        raised="there is no class 'A' in the code source 'm'"
    )
