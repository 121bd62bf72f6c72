"""Cron triggers and event triggers."""
