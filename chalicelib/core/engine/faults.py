"""Which errors are the run's own: they end a task or the run. Anything else passes through and is tried again."""

from __future__ import annotations

from chalicelib.errors import InvalidRequest, NotFound

FAULTS = (InvalidRequest, NotFound)
"""A definition, an input or an expression that cannot work, or a value that is gone: a retry cannot help.

`LookupError` is not among them: a `KeyError` is a bug of ours, is tried again, and ends as such (property P2).
"""
