"""Event buses are looked up at an emulator of EventBridge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.bootstrap.adapters import connect
from tests.contract.conftest import Backend, fresh_prefix


@pytest.mark.parametrize("odd", ["", "no bus", "żółć", "x" * 300])
def test_what_is_no_name_of_a_bus_is_none(ministack_backend: Backend, odd: str) -> None:
    assert lacks(ministack_backend, odd)


def test_buses_that_are_there_are_found(ministack_backend: Backend) -> None:
    name = fresh_prefix()
    assert lacks(ministack_backend, name)
    ministack_backend.clients.events.create_event_bus(Name=name)
    assert not lacks(ministack_backend, name)
    assert not lacks(ministack_backend, "default")


def test_what_cannot_be_found_out_is_no_lack(ministack_backend: Backend) -> None:
    settings = ministack_backend.settings
    away = replace(settings, endpoint_url="http://127.0.0.1:9", watching=replace(settings.watching, metrics=False))
    assert not connect(away).buses.lacks("orders")


def lacks(backend: Backend, name: str) -> bool:
    settings = backend.settings
    return connect(replace(settings, watching=replace(settings.watching, metrics=False))).buses.lacks(name)
