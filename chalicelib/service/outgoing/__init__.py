"""Messages that the service sends: bodies, timers, orders, notifications, trace context."""
