"""Inputs for decoders: what a right encoder writes, with a few things wrong.

Place: golden vectors -> `Mutator` or `Histories` -> a target of `fuzz`; on both runtimes.
Guarantee: the same seed and seeds give the same inputs everywhere. Where an input is CBOR, its tree
is changed as often as its bytes, so that much of what comes out is right up to the last check.
"""

from protocol import cbor
from protocol.errors import DecodeError

LIMIT = 700  # bytes of one input: longer than any frame, and than a record may be

# Where decoders change their mind: at the widths of heads and fields, and at every other type.
_NUMBERS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 23, 24, 63, 64, 65, 255, 256, 0xFFFF, 1 << 16, -1, -24, -25)
_WIDE = ((1 << 32) - 1, 1 << 32, (1 << 48) - 1, 1 << 48, (1 << 64) - 1, -(1 << 64))
_OTHERS = (None, True, False, b"", "", "a" * 64, "a" * 65, bytes(24), [], {}, [[[[[]]]]], {0: 0})
_HEADS = b"\x00\x17\x18\x19\x1a\x1b\x20\x3b\x40\x58\x5b\x60\x7b\x80\x83\x9b\xa1\xbb\xc0\xf4\xfb\xff"


class Mutator:
    """`next` returns one of `seeds`, every ninth time as it is."""

    def __init__(self, seeds: list, chance):
        self._seeds = seeds
        self._chance = chance

    def next(self) -> bytes:
        """Return the next input."""
        chance = self._chance
        data = self._any_seed()
        how = chance.below(9)
        if how > 4:
            data = self._with_other_values(data)
        if how > 6 or 0 < how < 5:
            for _ in range(chance.between(1, 4)):
                data = self._with_other_bytes(data)
        return data[:LIMIT]

    def _any_seed(self) -> bytes:
        return self._seeds[self._chance.below(len(self._seeds))]

    def _with_other_values(self, data: bytes) -> bytes:
        try:
            return cbor.dumps(self._other(cbor.loads(data)))
        except DecodeError:  # no CBOR, which a target may want
            return self._with_other_bytes(data)
        except ValueError:  # the new tree is too deep
            return data

    def _other(self, value):
        """Return `value` with one leaf, one item or the whole of it exchanged."""
        chance = self._chance
        how = chance.below(8)
        if not value or not isinstance(value, (list, dict, bytes)) or how == 0:
            return self._leaf()
        if isinstance(value, bytes):
            return self._with_other_bytes(value)
        if isinstance(value, dict):
            return self._other_map(value, how)
        at = chance.below(len(value))
        items = list(value)
        if how == 1:
            items.pop(at)
        elif how == 2:
            items.insert(at, self._leaf())
        else:
            items[at] = self._other(items[at])
        return items

    def _other_map(self, value: dict, how: int) -> dict:
        items = dict(value)
        key = sorted(items)[self._chance.below(len(items))]  # a dict's order differs by runtime
        if how == 1:
            del items[key]
        elif how == 2:
            items[self._chance.between(-3, 300)] = self._leaf()
        else:
            items[key] = self._other(items[key])
        return items

    def _leaf(self):
        chance = self._chance
        kind = chance.below(5)
        if kind < 3:
            values = (_NUMBERS, _WIDE, _OTHERS)[kind]
            return values[chance.below(len(values))]
        return chance.bytes(chance.below(12)) if kind == 3 else chance.below(1 << 20)

    def _with_other_bytes(self, data: bytes) -> bytes:
        chance = self._chance
        at = chance.below(len(data) + 1)
        end = min(at + chance.between(1, 8), len(data))
        how = chance.below(7)
        if how == 0:
            return data[:at]
        if how == 1:
            return data[:at] + data[end:]
        if how == 2:
            return data[:end] + data[at:]
        if how == 3:
            other = self._any_seed()
            return data[:at] + other[chance.below(len(other) + 1) :]
        if how == 4:
            return data[:at] + chance.bytes(chance.between(1, 4)) + data[at:]
        head = _HEADS[chance.below(len(_HEADS))]
        old = data[at] if at < len(data) else 0
        byte = head if how == 5 else old ^ 1 << chance.below(8)
        return data[:at] + bytes([byte]) + data[at + 1 :]


class Histories:
    """`next` returns up to six inputs of a mutator, each with two bytes that say what else happens.

    The first byte and the lowest bit of the second are the length of what follows; the other seven
    bits are left to the target. Any bytes can be read as such a history.
    """

    def __init__(self, mutator: Mutator, chance):
        self._mutator = mutator
        self._chance = chance

    def next(self) -> bytes:
        """Return the next input."""
        chance = self._chance
        inputs = [(chance.below(128), self._mutator.next()) for _ in range(chance.between(1, 6))]
        return told(inputs)


def told(steps: list) -> bytes:
    """Return (control, bytes) pairs as a history."""
    out = bytearray()
    for control, data in steps:
        part = data[:511]
        out.append(len(part) & 0xFF)
        out.append(control << 1 | len(part) >> 8)
        out.extend(part)
    return bytes(out)


def steps_of(history: bytes) -> list:
    """Return the first twelve (control, bytes) pairs of any bytes; the last may be cut short."""
    steps = []
    at = 0
    while at + 1 < len(history) and len(steps) < 12:
        length = history[at] | (history[at + 1] & 1) << 8
        steps.append((history[at + 1] >> 1, history[at + 2 : at + 2 + length]))
        at += 2 + length
    return steps
