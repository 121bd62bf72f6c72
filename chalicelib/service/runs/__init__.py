"""Runs: applying events, committing, sub-executions, removal, the sweeper, maintenance mode."""
