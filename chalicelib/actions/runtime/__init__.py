"""What every action builds on: its type, the gateways, deadlines, egress rules, redaction."""
