"""Standard actions and their registry."""
