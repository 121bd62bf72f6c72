"""A run as a whole: its start, its end, and requests to pause, resume or cancel it."""
