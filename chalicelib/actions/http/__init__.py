"""`std.http`: the action, the HTTP client, webhooks."""
