"""Use cases of definitions: workflows, actions, workbooks, environments, code sources."""
