"""Composition root: builds adapters and services, once a process."""
