"""Ad-hoc actions on a table top: stored, changed and removed while runs go on."""

from __future__ import annotations

import textwrap
from dataclasses import replace

from chalicelib.actions.library import Library
from chalicelib.core.engine.state.interfaces import AdHoc, Dynamic
from chalicelib.core.language import parse_actions
from chalicelib.core.language.spec import ActionSpec
from chalicelib.errors import NotFound
from tests.unit.core.engine.table import Play, Table

ACTIONS = """
    greet:
      input: [who, {word: Hello}]
      base: std.echo
      base-input: {output: "<% $.word %>, <% $.who %>"}
    inner: {input: [x], base: std.echo, base-input: {output: "<<% $.x %>>"}, output: "i<% $ %>"}
    outer: {input: [y], base: inner, base-input: {x: "(<% $.y %>)"}, output: {o: <% $ %>}}
    inline: {base: std.echo output="<% 1 + 1 %>", output: "{{ [_, _] }}"}
    literal: {input: [{v: "<% 1 %>"}], base: std.echo, base-input: {output: <% $.v %>}}
    commas: {input: [{v: [1, 2]}], base: std.echo, base-input: {output: <% $.v %>}}
    lax: {base: literal, base-input: {v: 1, no_such: 2}}
    nothing: {base: std.noop, output: {r: <% $ %>}}
    sees: {base: std.echo, base-input: {output: [<% env().e %>, <% $.var %>, <% $.get(given) %>, <% task() %>]}}
    later: {base: std.async_noop, output: {got: <% $ %>}}
    slow: {input: [s], base: std.echo, base-input: {output: <% $.s %>, delay: 5}, output: "<% $ %>!"}
    failing: {base: std.fail error_data="no", output: {r: <% $ %>}}
    lost: {base: no.such}
    ring: {base: ring}
    round: {base: about}
    about: {base: round}
    blind: {base: std.echo, base-input: {output: <% $.nobody %>}}
    odd: {base: std.echo, base-input: {size: 1}}
    late: {base: std.echo, base-input: {output: 1, delay: [1]}}
    spoilt: {base: std.echo output=1, output: <% int(abc) %>}
    spoilt_later: {base: std.async_noop, output: <% int(abc) %>}
"""


class Shelf:
    """The engine's `AdHocActions` in dictionaries, and dynamic ones."""

    def __init__(self, body: str = "", workbook: str | None = None) -> None:
        self.current: dict[str, str] = {}
        self.versions: dict[str, ActionSpec] = {}
        self.dynamic: dict[str, Dynamic] = {}
        self.looked_up: list[str] = []
        """Every name that somebody asked for."""
        self.store(body, workbook)

    def store(self, body: str, workbook: str | None = None) -> None:
        """Store actions, or change those that are there."""
        if not body:
            return
        for found in parse_actions("version: '2.0'\n" + textwrap.dedent(body)):
            spec = found.spec
            assert isinstance(spec, ActionSpec)
            if workbook is not None:
                spec = replace(spec, name=f"{workbook}.{spec.name}", body={**spec.body, "workbook": workbook})
            ref = f"{spec.name}/{len(self.versions)}"
            self.current[spec.name], self.versions[ref] = ref, spec

    def remove(self, name: str) -> None:
        """Remove an action; its versions stay."""
        del self.current[name]

    def find(self, name: str, project_id: str, namespace: str) -> AdHoc | Dynamic | None:
        self.looked_up.append(name)
        ref = self.current.get(name)
        return self.dynamic.get(name) if ref is None else AdHoc(ref, self.versions[ref])

    def version(self, ref: str) -> ActionSpec:
        if ref not in self.versions:
            raise NotFound(f"There is no definition {ref}")
        return self.versions[ref]

    def text(self, ref: str) -> str:
        return f"the text of {ref}"

    @property
    def library(self) -> Library:
        """These actions and the built-in ones."""
        return Library(self)


def with_adhoc(play: Play, body: str, actions: str = ACTIONS, workbook: str | None = None) -> tuple[Table, Shelf]:
    shelf = Shelf(actions, workbook)
    table = play(body, {"given": 1}, {"env": {"e": 5}}, library=shelf.library)
    if workbook is not None:
        table.spec = replace(table.spec, body={**table.spec.body, "workbook": workbook})
    return table, shelf


def one_task(action: str, more: str = "") -> str:
    return f"""
        input: [given]
        vars: {{var: 7}}
        tasks:
          t: {{action: "{action}"{more}, on-error: handle}}
          handle: {{action: std.noop}}
    """
