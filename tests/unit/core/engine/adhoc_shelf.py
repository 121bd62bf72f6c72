"""Ad-hoc actions on a table top: stored, changed and removed while runs go on."""

from __future__ import annotations

import textwrap
from dataclasses import replace

from chalicelib.actions.library import Library
from chalicelib.core.engine.world import AdHoc
from chalicelib.core.lang import parse_actions
from chalicelib.core.lang.spec import ActionSpec
from chalicelib.errors import NotFound


class Shelf:
    """The engine's `AdHocActions` in dictionaries."""

    def __init__(self, body: str = "", workbook: str | None = None) -> None:
        self.current: dict[str, str] = {}
        self.versions: dict[str, ActionSpec] = {}
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

    def find(self, name: str, project_id: str, namespace: str) -> AdHoc | None:
        self.looked_up.append(name)
        ref = self.current.get(name)
        return None if ref is None else AdHoc(ref, self.versions[ref])

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
