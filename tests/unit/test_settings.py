from __future__ import annotations

import pytest

from chalicelib.settings.sections import Aws
from chalicelib.settings.service import Settings

ARNS = ("arn:aws:sqs:*:1:team-{project}-*", "arn:aws:events:us-east-1:1:event-bus/{project}", "arn:aws:sns:*:*:*-all")


def test_empty_environment_gives_the_documented_defaults() -> None:
    settings = Settings.from_env({})
    assert settings.events_queue == "meltemi-events.fifo"
    assert settings.endpoint_url is None
    assert settings.region == "us-east-1"
    assert (settings.field_size_limit, settings.max_page) == (1024 * 1024, 1000)
    assert settings.http_allow_loopback is False


@pytest.mark.parametrize(
    ("env", "field", "value"),
    [
        ({"RUNS_TABLE": "r"}, "runs_table", "r"),
        ({"NOTIFY": '[{"type": "noop"}]'}, "notify", ({"type": "noop"},)),
        ({"NOTIFY_TARGETS": "a, b"}, "notify_targets", ("a", "b")),
        ({"EVENT_PROJECT": "p"}, "event_project", "p"),
        ({"AWS_ENDPOINT_URL": ""}, "endpoint_url", None),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "region", "eu-west-1"),
        ({"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-1"}, "region", "eu-west-2"),
        ({"FIELD_SIZE_LIMIT_KB": "2"}, "field_size_limit", 2048),
        ({"HTTP_ALLOW_LOOPBACK": "Yes"}, "http_allow_loopback", True),
        ({"HTTP_ALLOW_LOOPBACK": "0"}, "http_allow_loopback", False),
        ({"CORS_ORIGINS": " https://a.example ,*"}, "cors_origins", frozenset({"https://a.example", "*"})),
        ({}, "egress_denied_cidrs", ()),
        ({"EGRESS_DENIED_CIDRS": "10.0.0.0/8, fd00::/8"}, "egress_denied_cidrs", ("10.0.0.0/8", "fd00::/8")),
        ({"NOTIFY_TARGETS": f"{ARNS[0]}, {ARNS[1]},{ARNS[2]}"}, "notify_targets", ARNS),
        ({"EGRESS_ALLOWED_HOSTS": "a.test,, b.test"}, "egress_allowed_hosts", ("a.test", "b.test")),
    ],
)
def test_variable_sets_its_field(env: dict[str, str], field: str, value: object) -> None:
    assert getattr(Settings.from_env(env), field) == value


@pytest.mark.parametrize(
    "env",
    [
        {"MAX_PAGE": "many"},
        {"LOG_SAMPLE": "2"},
        {"TRACE_SAMPLE": "often"},
        {"LOG_FORMAT": "xml"},
        {"AWS_XRAY_DAEMON_ADDRESS": "nowhere"},
        {"TARGET_QUEUE_PREFIX": "w-"},
        {"TARGET_QUEUE_PREFIX": "w-", "RESULTS_KEY": "short"},
        {"TARGET_QUEUE_PREFIX": "w.", "RESULTS_KEY": "k" * 32},
        {"TARGET_QUEUE_PREFIX": "w-{project}", "RESULTS_KEY": "k" * 32},
        {"TARGET_QUEUE_PREFIX": "meltemi-", "RESULTS_KEY": "k" * 32},
        {"TARGET_QUEUE_PREFIX": "m{project}-", "RESULTS_KEY": "k" * 32},
        {"WORKER_HEARTBEAT_SECONDS": "0"},
        {"MAX_PAGE": "0"},
        {"VALIDATION_MODE": "sometimes"},
        {"TICK_SECONDS": "-1"},
        {"EXPIRATION_OLDER_THAN": "-1"},
        {"EXPIRATION_IGNORED_STATES": "SUCCESS,RUNNING"},
        {"EXPIRATION_EVALUATION_INTERVAL": "5"},
        {"HTTP_ALLOW_LOOPBACK": "maybe"},
        {"CORS_ORIGINS": "a.example"},
        {"NOTIFY": "noop"},
        {"NOTIFY": '["noop"]'},
        {"NOTIFY": "[{}]"},
        {"NOTIFY_TARGETS": "arn:aws:sqs:us-east-1:1:{project}*"},
        {"NOTIFY_TARGETS": "arn:aws:sqs:us-east-1:1:{project}a-*"},
        {"NOTIFY_TARGETS": "arn:aws:sqs:us-east-1:1:x,arn:aws:sqs:us-east-1:1:*-{project}-*"},
        {"NOTIFY_TARGETS": "arn:aws:sqs:us-east-1:1:{team}-*"},
        {"EGRESS_DENIED_CIDRS": "10.0.0.0/8,nonsense"},
        {"AWS_ACTIONS": "ec2,EC2"},
        {"AWS_ACTIONS": "ec2:"},
        {"AWS_ACTIONS_ROLE": "meltemi-{project}"},
    ],
)
def test_nonsense_is_refused_by_name(env: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(env))):
        Settings.from_env(env)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("", "127.0.0.1:2000"),
        ("169.254.79.129:2000", "169.254.79.129:2000"),
        ("tcp:127.0.0.1:2000 udp:127.0.0.2:2001", "127.0.0.2:2001"),
    ],
)
def test_where_the_daemon_is(given: str, address: str) -> None:
    assert Settings.from_env({"AWS_XRAY_DAEMON_ADDRESS": given}).watching.trace_daemon == address


def test_with_whose_rights_aws_is_called() -> None:
    role = "arn:aws:iam::123456789012:role/meltemi-{project}"
    env = {"AWS_ACTIONS": "ec2, lambda:Invoke*", "AWS_ACTIONS_ROLE": role, "AWS_ACTIONS_EXTERNAL_ID": "x"}
    assert Settings.from_env(env).aws == Aws(("ec2", "lambda:Invoke*"), role, "x", False)
    assert Settings.from_env({}).aws == Aws((), None, None, False)


def test_names_of_what_belongs_to_the_service() -> None:
    names = Settings.from_env({"EVENTS_QUEUE": "https://sqs.x/1/my-events.fifo"}).resource_names()
    assert {"my-events.fifo", "my-events-dead.fifo", "meltemi-actions-dead"} <= names
    assert {"meltemi-actions", "meltemi-runs", "meltemi-definitions", "meltemi-blobs"} <= names


LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "meltemi-dev"}


@pytest.mark.parametrize(
    ("env", "mode"),
    [
        ({}, "none"),
        ({"AUTH_MODE": "token"}, "token"),
        ({**LAMBDA, "AUTH_MODE": "token"}, "token"),
        ({**LAMBDA, "AUTH_MODE": "none", "ALLOW_NO_AUTH": "yes"}, "none"),
        (
            {"AUTH_MODE": "oidc", "OIDC_ISSUER": "https://a, http://127.0.0.1:8080/realms/b", "OIDC_AUDIENCE": "c"},
            "oidc",
        ),
        ({"AUTH_MODE": "keystone", "KEYSTONE_URL": "https://k.example:5000/v3/"}, "keystone"),
    ],
)
def test_how_callers_are_told(env: dict[str, str], mode: str) -> None:
    access = Settings.from_env(env).access
    assert access.mode == mode
    if mode == "oidc":
        assert access.oidc_issuers == ("https://a", "http://127.0.0.1:8080/realms/b")
    if mode == "keystone":
        assert access.keystone_url == "https://k.example:5000/v3"


@pytest.mark.parametrize(
    ("env", "named"),
    [
        (LAMBDA, "AUTH_MODE"),
        ({**LAMBDA, "ALLOW_NO_AUTH": "yes"}, "AUTH_MODE"),
        ({**LAMBDA, "AUTH_MODE": "none"}, "ALLOW_NO_AUTH"),
        ({"AUTH_MODE": "basic"}, "AUTH_MODE"),
        ({"AUTH_MODE": "oidc"}, "OIDC_ISSUER"),
        ({"AUTH_MODE": "oidc", "OIDC_ISSUER": "https://a"}, "OIDC_AUDIENCE"),
        ({"AUTH_MODE": "oidc", "OIDC_ISSUER": "http://a.example", "OIDC_AUDIENCE": "c"}, "https"),
        ({"AUTH_MODE": "keystone"}, "KEYSTONE_URL"),
        ({"AUTH_MODE": "keystone", "KEYSTONE_URL": "http://k.example"}, "https"),
        ({"AUTH_MODE": "keystone", "KEYSTONE_URL": "https://"}, "KEYSTONE_URL"),
    ],
)
def test_a_deployment_that_would_let_anybody_in_does_not_start(env: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Settings.from_env(env)
