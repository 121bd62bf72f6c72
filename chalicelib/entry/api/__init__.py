"""The REST API: one blueprint per resource, parsing in `request`, errors in `errors`, views in `views`."""

from chalicelib.entry.api.blueprints import api

__all__ = ["api"]
