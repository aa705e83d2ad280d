"""A bad cable: bits that flip, bytes that vanish or appear, seeded so that every run is the same.

Place: between the two ends of a wire of the VirtualBoard, or around any stream of bytes.
Guarantee: the same seed and the same bytes give the same damage; what was done is counted.
"""

import random


class CableNoise:
    """Probabilities are per byte, each way."""

    def __init__(self, seed: int, flip: float = 2e-4, drop: float = 1e-4, insert: float = 1e-4):
        self._ways = {"up": random.Random(seed), "down": random.Random(seed + 1)}  # noqa: S311
        self._flip = flip
        self._drop = drop
        self._insert = insert
        self.flipped = 0
        self.dropped = 0
        self.inserted = 0

    def up(self, data: bytes) -> bytes:
        """Return what arrives of bytes that left the node."""
        return self._damage(self._ways["up"], data)

    def down(self, data: bytes) -> bytes:
        """Return what arrives at the node."""
        return self._damage(self._ways["down"], data)

    def _damage(self, dice: random.Random, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            if dice.random() < self._insert:
                self.inserted += 1
                out.append(dice.randrange(256))
            if dice.random() < self._drop:
                self.dropped += 1
                continue
            if dice.random() < self._flip:
                self.flipped += 1
                byte ^= 1 << dice.randrange(8)
            out.append(byte)
        return bytes(out)
