"""Operator commands, for stages on AWS as well as local runs."""
