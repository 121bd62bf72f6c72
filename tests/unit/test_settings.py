from __future__ import annotations

import pytest

from chalicelib.settings import Settings


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
        ({"AWS_ENDPOINT_URL": ""}, "endpoint_url", None),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "region", "eu-west-1"),
        ({"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-1"}, "region", "eu-west-2"),
        ({"FIELD_SIZE_LIMIT_KB": "2"}, "field_size_limit", 2048),
        ({"HTTP_ALLOW_LOOPBACK": "Yes"}, "http_allow_loopback", True),
        ({"HTTP_ALLOW_LOOPBACK": "0"}, "http_allow_loopback", False),
        ({"ACCESS_LOG": "no"}, "access_log", False),
        ({"CORS_ORIGINS": " https://a.example ,*"}, "cors_origins", frozenset({"https://a.example", "*"})),
        ({}, "egress_denied_cidrs", ()),
        ({"EGRESS_DENIED_CIDRS": "10.0.0.0/8, fd00::/8"}, "egress_denied_cidrs", ("10.0.0.0/8", "fd00::/8")),
        ({"EGRESS_ALLOWED_HOSTS": "a.test,, b.test"}, "egress_allowed_hosts", ("a.test", "b.test")),
    ],
)
def test_variable_sets_its_field(env: dict[str, str], field: str, value: object) -> None:
    assert getattr(Settings.from_env(env), field) == value


@pytest.mark.parametrize(
    "env",
    [
        {"MAX_PAGE": "many"},
        {"MAX_PAGE": "0"},
        {"TICK_SECONDS": "-1"},
        {"HTTP_ALLOW_LOOPBACK": "maybe"},
        {"CORS_ORIGINS": "a.example"},
        {"EGRESS_DENIED_CIDRS": "10.0.0.0/8,nonsense"},
    ],
)
def test_nonsense_is_refused_by_name(env: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(env))):
        Settings.from_env(env)
