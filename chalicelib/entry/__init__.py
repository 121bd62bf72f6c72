"""What wakes the service: Lambda events to use cases."""
