"""Definitions that come with the service: actions, and workflows that create and delete machines."""
