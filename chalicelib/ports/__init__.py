"""Ports: what services need from the outside, as Protocols, with the data that crosses them."""
