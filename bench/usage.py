"""What was used: plain counts, which add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields


@dataclass
class Usage:
    """Price units of some calls. Amounts are whole requests unless they say otherwise."""

    requests: Counter[str] = field(default_factory=Counter)
    """By service and operation; not a price unit, but what one wants to know next."""
    write_units: float = 0.0
    """Of tables; what a transaction doubles is doubled."""
    index_units: float = 0.0
    read_units: float = 0.0
    refused_writes: int = 0
    written_rows: int = 0
    sqs_standard: int = 0
    sqs_fifo: int = 0
    sqs_empty: int = 0
    """Receives that brought nothing; those of the driver say nothing about AWS, so they are not billed."""
    s3_puts: int = 0
    s3_gets: int = 0
    bytes_out: int = 0
    """Payload sent: items, messages, objects."""
    bytes_in: int = 0
    invocations: int = 0
    gateway: int = 0
    cpu_seconds: float = 0.0
    """Processor time of handlers, the meter's own left out."""
    wall_seconds: float = 0.0
    waiting_seconds: float = 0.0
    """What the calls made by handlers usually take on AWS (`prices.WAITING`)."""

    def add(self, other: Usage) -> None:
        """Add another usage to this one."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            setattr(self, each.name, mine + theirs)

    def copy(self) -> Usage:
        """A usage of the same amounts."""
        fresh = Usage()
        fresh.add(self)
        return fresh
