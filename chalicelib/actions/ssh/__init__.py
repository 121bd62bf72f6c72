"""`std.ssh`: the action and the SSH client."""
