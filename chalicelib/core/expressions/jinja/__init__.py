"""Jinja expressions, sandboxed."""
