"""Constructs that parse but do not execute yet. They end the run in ERROR; this room only shrinks."""

from __future__ import annotations

from chalicelib.core.lang.spec import TaskSpec
from chalicelib.errors import InvalidRequest


def refuse_unsupported(spec: TaskSpec) -> None:
    """Raise `InvalidRequest` for the first construct of a task that this version cannot execute."""
    if spec.workflow is not None and spec.with_items:
        raise InvalidRequest("'with-items' over a workflow is not supported yet")
