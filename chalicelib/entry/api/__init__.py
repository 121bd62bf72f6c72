"""The REST API v2, one Blueprint per resource."""
