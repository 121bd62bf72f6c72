"""The engine: events in, changed rows and effects out."""
