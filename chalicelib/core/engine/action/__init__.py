"""Action executions of tasks: name resolution, input, and the order to run."""
