"""The pure core: no AWS, no clock, no randomness, no environment, no logging."""
