"""Use cases: load, let the core decide, save, send."""
