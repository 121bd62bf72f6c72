"""Data flow: contexts, scopes, publishing, and the host interface of expressions."""
