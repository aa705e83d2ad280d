"""The duty cycle: how much was sent in each sub-band within the last hour, and when there is room.

Place: `Modulation.airtime_us` -> `Ledger`, between an owner's queue and its radio. In order:
`wait_s` until it says 0, `record`, store `state()`, and only then transmit.
Guarantee: the frames on the air within any 3600 s, counted whole, take no more of a sub-band than
is allowed, as long as `now_s` runs no faster than the time does. Nothing switches that off. A frame
waits at most 201 s longer than an exact account, of frames rounded up to ms, would make it wait.

An hour is 18 buckets of 200 s, one more that is not over, and one for a frame that ends in the
next: the memory is bounded, and so is the state (300 bytes with all sub-bands full, 40 with one).

`now_s` counts the node's seconds, through deep sleep and restarts as well as it knows; 0 .. 2**32
- 2. Where it falls back, a clock was lost: no time has passed then. It must not come from a clock
that is ever set forward, and of a sleep it counts the least that it can have been. Where a state
is lost or damaged, every hour is taken as full: power is cut within seconds, but what was sent
stays sent. A new `Ledger()` is for a node that was never on the air.

Polite spectrum access (EN 300 220-2), which allows other times to those who listen first, is not
claimed: LoRa's channel activity detection finds LoRa, and not the energy of others.

    state: version (8), last now_s (32), seconds into the bucket (8), which sub-bands (8), of each
    20 buckets in ms (Exp-Golomb of order 8), padding; CRC-32 of all that, big-endian
"""

from binascii import crc32

from protocol._compat import const
from protocol.airtime import BANDS
from protocol.bit_reader import BitReader
from protocol.bits import BitWriter
from protocol.errors import DecodeError

_VERSION = const(1)
_BUCKET_S = const(200)
_SLOTS = const(20)  # the bucket to come, the one that runs, and 18 that are over
_NEXT = const(0)
_RUNNING = const(1)
_ORDER = const(8)
_MAX_MS = const(4194303)  # what 22 bits hold; more than any sub-band is allowed
_MAX_AIRTIME_US = const(198999999)  # ends in the next bucket at the latest
_MAX_NOW_S = 0xFFFFFFFE
_EMPTY = [0] * _SLOTS


class Ledger:
    """What was sent, by sub-band. The time is always a parameter, and to ask changes nothing."""

    def __init__(self):
        # By the name of each sub-band that was used: ms by age, from the bucket to come.
        self._rings = {}
        self._into_s = 0
        self._heard_s = 0

    @classmethod
    def from_state(cls, data: bytes, now_s: int):
        """Return the ledger that `state` described, or a full one where `data` is no state."""
        ledger = cls()
        try:
            ledger._restore(data)
        except DecodeError:
            ledger._fill(now_s)
        ledger._advance(now_s)
        return ledger

    def state(self) -> bytes:
        """Return everything as bytes, for memory that survives a restart."""
        writer = BitWriter()
        writer.put(_VERSION, 8)
        writer.put_wide(self._heard_s >> 16, self._heard_s & 0xFFFF)
        writer.put(self._into_s, 8)
        for band in BANDS:
            writer.put(1 if band.name in self._rings else 0, 1)
        writer.put(0, 8 - len(BANDS))
        for band in BANDS:
            for ms in self._rings.get(band.name, ()):
                writer.put_golomb(ms, _ORDER)
        body = writer.to_bytes()
        return body + crc32(body).to_bytes(4, "big")

    def let_pass(self, now_s: int) -> None:
        """Forget what is an hour old, for a `state` that is stored though nothing was sent."""
        self._advance(now_s)

    def record(self, band, airtime_us: int, now_s: int) -> None:
        """Count a frame that is going on the air now, whether it was allowed or not."""
        ms = _milliseconds(airtime_us)
        self._advance(now_s)
        ring = self._rings.setdefault(band.name, list(_EMPTY))
        # A frame counts until an hour after its end. It may start late in the second `now_s`.
        end_s = self._into_s + 1 + airtime_us // 1000000
        slot = _RUNNING if end_s < _BUCKET_S else _NEXT
        ring[slot] = min(ring[slot] + ms, _MAX_MS)

    def wait_s(self, band, airtime_us: int, now_s: int) -> int | None:
        """Return in how many seconds a frame may be sent: 0 is now, None is never."""
        ms = _milliseconds(airtime_us)
        if ms > band.allowed_ms:
            return None
        buckets, into_s = self._passed(now_s)
        ring = self._aged(band.name, buckets)
        over = sum(ring) + ms - band.allowed_ms
        if over <= 0:
            return 0
        slot = _SLOTS
        while over > 0:
            slot -= 1
            over -= ring[slot]
        # Seconds that do not count, because the clock fell back, come on top.
        return (_SLOTS - slot) * _BUCKET_S - into_s + max(self._heard_s - now_s, 0)

    def left_ms(self, band, now_s: int) -> int:
        """Return how much may be sent at once."""
        buckets, _ = self._passed(now_s)
        return max(band.allowed_ms - sum(self._aged(band.name, buckets)), 0)

    def evidence(self, now_s: int) -> list:
        """Return (name, ms used in the last hour, ms allowed) of each sub-band that was used."""
        buckets, _ = self._passed(now_s)
        used = [(band, sum(self._aged(band.name, buckets))) for band in BANDS]
        return [(band.name, ms, band.allowed_ms) for band, ms in used if ms]

    def _passed(self, now_s: int) -> tuple:
        """Return the buckets that are over since the last record, and the seconds into the next."""
        if not 0 <= now_s <= _MAX_NOW_S:
            raise ValueError("time out of range")
        into_s = self._into_s + max(now_s - self._heard_s, 0)
        return min(into_s // _BUCKET_S, _SLOTS), into_s % _BUCKET_S

    def _aged(self, name: str, buckets: int) -> list:
        return [0] * buckets + self._rings.get(name, _EMPTY)[: _SLOTS - buckets]

    def _advance(self, now_s: int) -> None:
        """Let the time pass; what has become too old is forgotten."""
        buckets, self._into_s = self._passed(now_s)
        if now_s >= self._heard_s:
            self._heard_s = now_s
        else:
            # Another clock: its running second may be nearly over, so that one does not count.
            self._heard_s = now_s + 1
        for name in list(self._rings):
            self._rings[name] = self._aged(name, buckets)
            if not any(self._rings[name]):
                del self._rings[name]

    def _restore(self, data: bytes) -> None:
        """Take over what `state` wrote; DecodeError where it did not."""
        body = data[:-4]
        if crc32(body).to_bytes(4, "big") != data[-4:]:
            raise DecodeError("state is damaged")
        reader = BitReader(body)
        if reader.take(8) != _VERSION:
            raise DecodeError("state of another version")
        self._heard_s = reader.take_wide()
        self._into_s = reader.take(8)
        used = [reader.take(1) for _ in BANDS]
        reader.take(8 - len(BANDS))
        for band, is_used in zip(BANDS, used):  # noqa: B905
            if is_used:
                self._rings[band.name] = [reader.take_golomb(_ORDER) for _ in range(_SLOTS)]
        reader.finish()

    def _fill(self, now_s: int) -> None:
        """Take every hour as used up until just now."""
        for band in BANDS:
            self._rings[band.name] = list(_EMPTY)
            self._rings[band.name][_RUNNING] = band.allowed_ms
        # As if the bucket were nearly over: full for 3601 s.
        self._into_s = _BUCKET_S - 1
        self._heard_s = now_s


def when(ledger, band, modulation, length: int, now_s: int) -> int | None:
    """Return the first second in which `length` bytes may be sent; None where they never may."""
    wait_s = ledger.wait_s(band, modulation.airtime_us(length), now_s)
    return None if wait_s is None else now_s + wait_s


def _milliseconds(airtime_us: int) -> int:
    if not 0 <= airtime_us <= _MAX_AIRTIME_US:
        raise ValueError("no frame is that long")
    return (airtime_us + 999) // 1000
