"""Actions that need no client: echo, noop, fail, wait, signals, external workers."""
