"""Authentication, authorization and API tokens."""
