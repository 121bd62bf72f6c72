"""The table of definitions, shares and API tokens."""
