"""`std.email`: the action and the SMTP client."""
