"""The rooms that talk to AWS; each implements a port."""
