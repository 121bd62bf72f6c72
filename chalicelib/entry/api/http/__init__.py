"""What all resources share: requests, routing, errors, lists, filters, middleware."""
