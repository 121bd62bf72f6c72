"""YAQL expressions, sandboxed."""
