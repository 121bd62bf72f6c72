"""YAQL and Jinja2 expressions, sandboxed and bounded."""
