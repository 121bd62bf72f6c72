"""Workflow Language v2: YAML text to frozen specs."""
