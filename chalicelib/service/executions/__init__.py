"""Use cases of executions: commands, queries, lists, trees, bulk changes, expiration."""
