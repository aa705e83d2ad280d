"""A registered node, as ingest needs it.

Place: registry.db -> Registry.find -> here -> sessions.
Guarantee: a key is never part of `repr`, so that no log line or traceback shows one.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """The hardware behind an address, its keys, and the measuring point it serves.

    id       address on the wire, 0 to 65535
    name     id of its measuring point: part of topics; outlives the hardware
    lab      the lab of that point
    epoch    number of the newest key
    key      the newest key, 16 bytes, opened
    radio    it sends by LoRa, with the short tags of that
    older    (epoch, key) of keys before it, newest first: taken until the new one is heard
    revoked  nothing it sends is taken: its frames are evidence
    """

    id: int
    name: str
    lab: str
    epoch: int
    key: bytes = field(repr=False)
    radio: bool = False
    older: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    revoked: bool = False
