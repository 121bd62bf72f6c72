"""Meltemi: the runtime code that is shipped to Lambda."""
