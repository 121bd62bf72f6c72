"""One service for all commands, and the client's shell."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.shell import Shell, opened
from tests.local.process import local_run

WORKFLOWS = """
version: '2.0'
greet:
  input: [name, mood: good]
  tags: [t1]
  output: {text: <% $.text %>}
  tasks:
    say: {action: 'std.echo output="hello <% $.name %>"', publish: {text: <% task().result %>}, on-success: sub}
    sub: {workflow: inner}
inner:
  tasks:
    one: {action: std.noop}
wait:
  tasks:
    ask: {action: std.async_noop, publish: {told: <% task().result %>}, publish-on-error: {told: nothing}}
"""
WORKBOOK = """
version: '2.0'
name: book
tags: [b]
actions: {half: {base: std.echo, base-input: {output: 1}}}
workflows: {w: {tasks: {t: {action: half}}}}
"""
ACTIONS = """
version: '2.0'
twice:
  input: [word]
  base: std.echo
  base-input: {output: <% $.word %><% $.word %>}
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that commands upload."""
    found = tmp_path_factory.mktemp("client")
    texts = {"workflows.yaml": WORKFLOWS, "book.yaml": WORKBOOK, "actions.yaml": ACTIONS, "code.py": "class C: pass\n"}
    texts["env.yaml"] = "name: home\ndescription: where\nvariables: {host: here}\n"
    for name, text in texts.items():
        (found / name).write_text(text)
    return found


@pytest.fixture(scope="session")
def shell() -> Iterator[Shell]:
    """The client's shell, as on a laptop: without authentication it cannot say that it is an admin, and is one."""
    with local_run() as service, opened(service.url, {**os.environ}) as found:
        yield found


@pytest.fixture(scope="session")
def workflows(shell: Shell, folder: Path) -> dict[str, str]:
    """Names and ids of the stored workflows."""
    made = shell.json("workflow-create", str(folder / "workflows.yaml"))
    return {item["Name"]: item["ID"] for item in made}
