"""Every resource of a deployment, and the commands that create, change and remove one."""
