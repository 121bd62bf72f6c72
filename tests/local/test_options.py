from __future__ import annotations

import pytest

from local.options import ROLES, Options


def test_defaults() -> None:
    assert Options.from_env({}) == Options(8989, frozenset(ROLES), None, "meltemi")


def test_everything_can_be_set() -> None:
    env = {"PORT": "0", "ROLES": "step, tick", "AWS_ENDPOINT_URL": "http://x", "STACK_PREFIX": "p"}
    wanted = Options(0, frozenset({"step", "tick"}), "http://x", "p", ("thumbs", "gpu"))
    assert Options.from_env({**env, "WORKERS": "thumbs, gpu"}) == wanted


@pytest.mark.parametrize(
    "env", [{"PORT": "http"}, {"PORT": "-1"}, {"PORT": "70000"}, {"ROLES": "api,cook"}, {"ROLES": ","}]
)
def test_nonsense_is_refused_by_name(env: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(env))):
        Options.from_env(env)
