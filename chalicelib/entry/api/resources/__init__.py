"""The resources of the REST API: one blueprint each."""
