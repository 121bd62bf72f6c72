"""Cron triggers: expression, schedule, dispatch, firing."""
