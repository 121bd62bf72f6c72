"""The local runner: the deployed handlers, driven by an embedded emulator or any AWS endpoint."""
