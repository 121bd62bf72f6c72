"""Settings: environment variables, parsed and checked once."""
