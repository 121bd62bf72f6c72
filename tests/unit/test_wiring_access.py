"""What the settings make of identities and policy, and that a deployment nobody guards does not start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.adapters.identity.oidc import OidcTokens
from chalicelib.bootstrap import access as wiring_access
from chalicelib.errors import Forbidden
from chalicelib.service.access.api_tokens import Tokens
from chalicelib.service.access.authentication import Remembered
from chalicelib.service.access.caller import Caller
from chalicelib.settings.sections import Access
from local.emulator import ROOT
from tests.api.fakes import SetClock
from tests.unit.service.access.test_api_tokens import Drawer

MODES: dict[str, tuple[dict[str, str], type]] = {
    "token": ({}, Tokens),
    "oidc": ({"OIDC_ISSUER": "https://i", "OIDC_AUDIENCE": "a"}, OidcTokens),
    "keystone": ({"KEYSTONE_URL": "https://k"}, Remembered),
}


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_has_its_verifier(mode: str) -> None:
    env, kind = MODES[mode]
    clock = SetClock()
    access = Access.from_env({"AUTH_MODE": mode, **env})
    assert isinstance(wiring_access.verifier(access, Tokens(Drawer(), clock), clock), kind)
    assert wiring_access.identities(access, Tokens(Drawer(), clock), clock).known


def test_where_nobody_is_checked_there_is_no_verifier() -> None:
    clock = SetClock()
    assert not wiring_access.identities(Access.from_env({}), Tokens(Drawer(), clock), clock).known


@pytest.mark.parametrize(("env", "admin"), [({}, False), ({"ANONYMOUS_ROLES": "member, admin"}, True)])
def test_nobody_is_an_admin_without_saying_so_unless_that_is_set(env: dict[str, str], admin: bool) -> None:
    clock = SetClock()
    found = wiring_access.identities(Access.from_env(env), Tokens(Drawer(), clock), clock)
    assert found.caller({}).is_admin is admin


def policy_of(folder: Path, text: str) -> Access:
    path = folder / "policy.yaml"
    path.write_text(text)
    return Access.from_env({"POLICY_FILE": str(path)})


def test_a_policy_is_read_from_its_file(tmp_path: Path) -> None:
    policy = wiring_access.policy(policy_of(tmp_path, 'workflows:create: "role:editor"\nenvironments:list: "!"\n'))
    policy.check(Caller("p", frozenset({"editor"})), "workflows:create")
    for caller, operation in ((Caller("p"), "workflows:create"), (Caller("p"), "environments:list")):
        with pytest.raises(Forbidden):
            policy.check(caller, operation)


@pytest.mark.parametrize(
    "text", ["", "- a", "workflows:make: '@'", "workflows:create: 'role:a role:b'", "a: [", "a: b: c"]
)
def test_a_policy_that_makes_no_sense_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"POLICY_FILE .*policy\.yaml"):
        wiring_access.policy(policy_of(tmp_path, text))


def test_a_policy_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="POLICY_FILE nowhere"):
        wiring_access.policy(Access.from_env({"POLICY_FILE": "nowhere"}))


def imported(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What a fresh process says to `code`."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("AUTH_", "AWS_"))}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**variables, **env}, capture_output=True, text=True
    )


def test_a_function_that_anybody_could_call_does_not_start() -> None:
    ended = imported("import app", AWS_LAMBDA_FUNCTION_NAME="meltemi-dev", AUTH_MODE="none")
    assert ended.returncode != 0
    assert "ALLOW_NO_AUTH" in ended.stderr


def test_libraries_of_modes_that_are_off_are_not_loaded() -> None:
    ended = imported("import app, sys; print('jwt' in sys.modules)", AUTH_MODE="token")
    assert ended.stdout.strip() == "False", ended.stderr
