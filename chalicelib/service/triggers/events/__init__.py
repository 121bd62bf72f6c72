"""Event triggers: use cases and firing."""
