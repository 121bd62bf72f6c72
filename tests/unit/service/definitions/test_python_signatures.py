"""What can be told of a class without running its code."""

from __future__ import annotations

import pytest

from chalicelib.core.language.spec import REQUIRED, Parameter
from chalicelib.service.definitions.code_sources import parameters_of

INIT = "class A:\n    def __init__({}): pass\n"


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        (INIT.format("self"), ()),
        (INIT.format("self, x, y=2"), (Parameter("x", REQUIRED), Parameter("y", 2))),
        (INIT.format("self, *, k=(1, 'a'), l"), (Parameter("k", [1, "a"]), Parameter("l", REQUIRED))),
        (INIT.format("self, x=time.time()"), (Parameter("x", None),)),
        ("class A: pass", ()),
        ("import m\nclass A(m.actions.Action): pass", ()),
        ("class B:\n    def __init__(self, b): pass\nclass A(B): pass", (Parameter("b", REQUIRED),)),
        (INIT.format("self, *args"), None),
        (INIT.format("self, **more"), None),
        ("class A(elsewhere.Other): pass", None),
        ("class A(A): pass", None),
        ("class B: pass", None),
        ("class A(", None),
        ("\0", None),
    ],
)
def test_parameters(code: str, parameters: tuple[Parameter, ...] | None) -> None:
    assert parameters_of(code, "A") == parameters
