"""What a run says when it is ready, and the names of queues of workers."""

from __future__ import annotations

import io

import pytest

from local.announcement import ready
from local.options import Options
from local.worker_queues import main, prepare_settings

URL = "http://127.0.0.1:4000"
MADE_UP = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
KEYS = "AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
DEFAULT_PROJECT = "_ace120421f757c9dfab3cbe58940568e"
TOKENS = ".venv/bin/python -m ops.tokens create --project blue --role member"


def options(prefix: str = "meltemi", *workers: str) -> Options:
    return Options(8989, frozenset({"api", "step"}), None, prefix, workers)


def test_where_everything_is() -> None:
    assert ready(options(), URL, 8989, {}) == [
        f"Meltemi is ready: API at http://127.0.0.1:8989/v2 (roles api,step; endpoint {URL}). Ctrl-C stops it."
    ]
    assert "no API in this process" in ready(options(), URL, None, {})[0]


@pytest.mark.parametrize(
    ("prefix", "line"),
    [
        ("meltemi", f"  AWS_ENDPOINT_URL={URL} {TOKENS}"),
        ("other", f"  AWS_ENDPOINT_URL={URL} DEFINITIONS_TABLE=other-definitions {TOKENS}"),
    ],
)
def test_how_to_make_a_token(prefix: str, line: str) -> None:
    env = {"AUTH_MODE": "token", "DEFINITIONS_TABLE": f"{prefix}-definitions"}
    assert ready(options(prefix), URL, 8989, env)[2] == line


@pytest.mark.parametrize(
    ("env", "exported", "queue"),
    [
        ({**MADE_UP, "TARGET_QUEUE_PREFIX": "worker-"}, f"{URL} {KEYS}", "worker-gpu"),
        ({"AWS_PROFILE": "mine", "TARGET_QUEUE_PREFIX": "w-{project}-"}, URL, f"w-{DEFAULT_PROJECT}-gpu"),
    ],
    ids=["made-up credentials", "the user's own are not shown"],
)
def test_how_to_start_a_worker(env: dict[str, str], exported: str, queue: str) -> None:
    assert ready(options("meltemi", "gpu"), URL, 8989, env)[2:] == [
        f"  export AWS_ENDPOINT_URL={exported}",
        f"  meltemi-worker module:worker --queue {queue} --api http://127.0.0.1:8989/v2 --announce",
    ]


def test_settings_that_are_there_stay() -> None:
    env = {"TARGET_QUEUE_PREFIX": "mine-", "RESULTS_KEY": "k" * 40}
    prepare_settings(env)
    assert env == {"TARGET_QUEUE_PREFIX": "mine-", "RESULTS_KEY": "k" * 40}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("thumbs", "gpu"), 0, f"m-{DEFAULT_PROJECT}-thumbs\nm-{DEFAULT_PROJECT}-gpu\n"),
        (("--project", "ops", "thumbs"), 0, "m-ops-thumbs\n"),
        (("--prefix", "w-", "thumbs"), 0, "w-thumbs\n"),
        (("no way",), 1, "worker_queues: The target 'no way' must consist of letters, digits, '-' and '_'\n"),
    ],
)
def test_the_command_names_queues(arguments: tuple[str, ...], status: int, said: str) -> None:
    out, errors = io.StringIO(), io.StringIO()
    assert main(arguments, {"TARGET_QUEUE_PREFIX": "m-{project}-"}, out, errors) == status
    assert out.getvalue() + errors.getvalue() == said
