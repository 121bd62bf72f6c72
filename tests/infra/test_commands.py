"""What the commands say when they cannot do what they are told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.emulator import ROOT

HERE = {"AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
STAGE = ("deploy", "--stage", "x")


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (("deploy",), HERE, "the following arguments are required: --stage"),
        (("deploy", "--stage", "Prod_1"), HERE, "a stage is a letter and up to 19 of a-z, 0-9 and -, not 'Prod_1'"),
        ((*STAGE, "LogDays"), HERE, "a parameter is Name=value, not 'LogDays'"),
        (STAGE, {}, "deploy: no region is set: export AWS_REGION"),
        (STAGE, HERE, "deploy: AWS says: Unable to locate credentials"),
        (STAGE, {**HERE, **KEYS}, 'deploy: AWS says: Could not connect to the endpoint URL: "http://127.0.0.1:1/"'),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(
    words: tuple[str, ...], variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    quiet = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}
    command = [sys.executable, "-m", "infra", *words]
    ended = subprocess.run(command, cwd=ROOT, env={**kept, **quiet, **variables}, capture_output=True, text=True)
    assert ended.returncode != 0
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
