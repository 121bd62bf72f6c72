"""Commands about what is stored: workbooks, workflows, actions, code, environments, triggers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client.shell import Shell

pytestmark = [pytest.mark.xdist_group("client"), pytest.mark.timeout(300)]


def named(items: list[dict[str, str]]) -> list[str]:
    return [item["Name"] for item in items]


def test_workbooks(shell: Shell, folder: Path) -> None:
    text = str(folder / "book.yaml")
    assert shell.json("workbook-validate", text) == {"Valid": True, "Error": None}
    made = shell.json("workbook-create", text)
    assert (made["Name"], made["Tags"], made["Scope"]) == ("book", "b", "private")
    assert shell.json("workbook-update", text, "--public")["Scope"] == "public"
    assert shell.json("workbook-get", "book")["Name"] == "book"
    assert "name: book" in shell.ok("workbook-get-definition", "book")
    assert named(shell.json("workbook-list", "--filter", "name=has:oo")) == ["book"]
    shell.ok("workbook-delete", "book")
    assert named(shell.json("workbook-list")) == []


def test_workflows(shell: Shell, folder: Path, workflows: dict[str, str]) -> None:
    text = str(folder / "workflows.yaml")
    assert shell.json("workflow-validate", text)["Valid"] is True
    found = shell.json("workflow-list", "--filter", "tags=t1")
    assert [(one["Name"], one["Input"], one["Project ID"]) for one in found] == [
        ("greet", 'name, mood="good"', "<default-project>")
    ]
    assert set(named(shell.json("workflow-update", text))) == set(workflows)
    assert shell.json("workflow-get", workflows["greet"])["Name"] == "greet"
    assert "greet:" in shell.ok("workflow-get-definition", "greet")
    shell.ok("workflow-create", text, "--namespace", "n", "--public")
    assert shell.json("workflow-get", "greet", "--namespace", "n")["Scope"] == "public"
    for name in workflows:
        shell.ok("workflow-delete", name, "--namespace", "n")


def test_actions(shell: Shell, folder: Path) -> None:
    text = str(folder / "actions.yaml")
    assert shell.json("action-validate", text)["Valid"] is True
    assert named(shell.json("action-create", text)) == ["twice"]
    assert named(shell.json("action-update", text, "--public")) == ["twice"]
    assert shell.json("action-get", "twice")["Input"] == "word"
    assert shell.json("action-get", "std.echo")["Is system"] is False
    assert "base: std.echo" in shell.ok("action-get-definition", "twice")
    assert {"twice", "std.echo"} <= set(named(shell.json("action-list")))
    shell.ok("action-delete", "twice")
    assert "twice" not in named(shell.json("action-list"))


def test_code_sources_and_dynamic_actions(shell: Shell, folder: Path) -> None:
    text = str(folder / "code.py")
    assert shell.json("code-source-create", "code", text)["Name"] == "code"
    assert shell.json("code-source-update", "code", text, "--public")["Scope"] == "public"
    assert shell.json("code-source-get", "code")["Project ID"] == "<default-project>"
    assert "class C" in shell.ok("code-source-get-content", "code")
    assert named(shell.json("code-source-list")) == ["code"]
    assert shell.json("dynamic-action-create", "dyn", "C", "code")["Class"] == "C"
    assert shell.json("dynamic-action-update", "dyn", "--class-name", "D")["Class"] == "D"
    assert shell.json("dynamic-action-update", "dyn", "--public")["Class"] == "D"
    assert shell.json("dynamic-action-get", "dyn")["Name"] == "dyn"
    assert named(shell.json("dynamic-action-list")) == ["dyn"]
    shell.ok("dynamic-action-delete", "dyn")
    shell.ok("code-source-delete", "code")
    assert named(shell.json("code-source-list")) == []


def test_environments(shell: Shell, folder: Path) -> None:
    text = str(folder / "env.yaml")
    assert shell.json("environment-create", text)["Variables"] == '{\n    "host": "here"\n}'
    assert shell.json("environment-update", text)["Name"] == "home"
    assert shell.json("environment-get", "home")["Description"] == "where"
    assert named(shell.json("environment-list")) == ["home"]
    shell.ok("environment-delete", "home")
    assert named(shell.json("environment-list")) == []


def test_cron_triggers(shell: Shell, workflows: dict[str, str]) -> None:
    when = ("--pattern", "0 0 1 1 *", "--count", "3", "--first-time", "2099-01-01 00:00", "--utc")
    made = shell.json("cron-trigger-create", "yearly", "greet", '{"name": "Ada"}', *when, "--params", '{"env": {}}')
    shown = {"Name": "yearly", "Workflow": "greet", "Pattern": "0 0 1 1 *", "Remaining executions": 3}
    assert {name: made[name] for name in shown} == shown
    assert made["Next execution time"] == "2099-01-01 00:00:00"
    assert shell.json("cron-trigger-get", "yearly")["Workflow"] == "greet"
    assert named(shell.json("cron-trigger-list")) == ["yearly"]
    status, printed = shell.run("workflow-delete", workflows["greet"])
    assert (status, "cron triggers associated" in printed) == (1, True)
    shell.ok("cron-trigger-delete", "yearly")
    assert named(shell.json("cron-trigger-list")) == []


def test_event_triggers(shell: Shell, workflows: dict[str, str]) -> None:
    made = shell.json("event-trigger-create", "on", workflows["inner"], "x", "t", "e")
    assert (made["Name"], made["Event"]) == ("on", "e")
    assert shell.json("event-trigger-get", made["ID"])["Workflow ID"] == workflows["inner"]
    assert named(shell.json("event-trigger-list")) == ["on"]
    shell.ok("event-trigger-delete", made["ID"])
    assert named(shell.json("event-trigger-list")) == []
