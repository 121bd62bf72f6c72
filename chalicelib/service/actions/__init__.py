"""Runs actions and delivers their results."""
