"""The messages of the service: a typed body for each kind, and the one codec that writes and reads them."""
