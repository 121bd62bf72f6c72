"""External workers: their reports and heartbeats."""
