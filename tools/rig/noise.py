"""A bad cable: bytes are bent, lost and invented, the same way for the same seed.

Place: node <-> cable <-> gateway, inside the cable (`VirtualBoard.set_noise`).
Guarantee: what happens to a stream depends on the seed, the direction and the bytes' positions
alone, never on how the stream was cut into chunks.
"""

import math
import random
import sys
from collections import Counter

BURST_BYTES = 32


class CableNoise:
    """Chances are per byte; `counts` says what was done, by kind.

    A flip bends one bit, an insert puts a random byte in front, a burst turns the next
    BURST_BYTES bytes into random ones.
    """

    def __init__(
        self,
        seed: int,
        flip: float = 1e-4,
        drop: float = 1e-4,
        insert: float = 1e-4,
        burst: float = 0.0,
    ):
        chances = {"flip": flip, "drop": drop, "insert": insert, "burst": burst}
        if min(chances.values()) < 0 or sum(chances.values()) > 1:
            raise ValueError(f"chances are {chances}, should be 0 to 1 and no more than 1 together")
        self.counts: Counter[str] = Counter()
        self._up = _Direction(f"{seed} up", chances, self.counts)
        self._down = _Direction(f"{seed} down", chances, self.counts)

    def up(self, data: bytes) -> bytes:
        """Return what arrives at the host of what the node sent."""
        return self._up.spoil(data)

    def down(self, data: bytes) -> bytes:
        """Return what arrives at the node of what the host sent."""
        return self._down.spoil(data)


class _Direction:
    def __init__(self, seed: str, chances: dict[str, float], counts: Counter[str]):
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._chances = chances
        self._counts = counts
        self._burst_left = 0
        self._quiet_left = self._gap()

    def spoil(self, data: bytes) -> bytes:
        spoiled = bytearray()
        for byte in data:
            if self._burst_left:
                self._burst_left -= 1
                spoiled.append(self._random.randrange(256))
            elif self._quiet_left:
                self._quiet_left -= 1
                spoiled.append(byte)
            else:
                spoiled += self._disturb(byte)
                self._quiet_left = self._gap()
        return bytes(spoiled)

    def _gap(self) -> int:
        """Return how many bytes pass until the next disturbance: geometrically distributed."""
        total = sum(self._chances.values())
        if not 0 < total < 1:
            return 0 if total else sys.maxsize
        return int(math.log(1 - self._random.random()) / math.log1p(-total))

    def _disturb(self, byte: int) -> bytes:
        kind = self._random.choices(list(self._chances), list(self._chances.values()))[0]
        self._counts[kind] += 1
        if kind == "flip":
            return bytes([byte ^ 1 << self._random.randrange(8)])
        if kind == "drop":
            return b""
        if kind == "insert":
            return bytes([self._random.randrange(256), byte])
        self._burst_left = BURST_BYTES - 1
        return bytes([self._random.randrange(256)])
