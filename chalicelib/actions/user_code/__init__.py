"""Code of users: JavaScript and Python in sealed child processes, here or in the sandbox function."""
