"""Task executions: lifecycle, joins, transitions, policies, with-items, rerun."""
