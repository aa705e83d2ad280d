"""What sealing and opening one batch costs: 4 quantities, 16 samples, 8 bytes of tag.

    micropython tools/benchmark/codec.py ROOT     prints {"encode_us": ..., "open_us": ...}

Place: runs in the real MicroPython as a program, and in CPython as a module.
Guarantee: both run the same lines on the same batch; the median of many rounds is given, and every
round decodes what it encoded.
"""

import json
import sys

try:
    from time import ticks_diff, ticks_us  # type: ignore[attr-defined]
except ImportError:
    from time import perf_counter

    def ticks_us() -> float:
        """Return microseconds that only grow."""
        return perf_counter() * 1e6

    def ticks_diff(later: float, earlier: float) -> float:
        """Return the microseconds between."""
        return later - earlier


_ROUNDS = 101
KEY = bytes(range(16))
_COLUMNS = (
    [213, 214, 214, 216, 217, 219, 220, 220, 222, 223, 225, 225, 226, 228, 228, 229],
    [61, 61, 60, 60, 60, 59, 59, 59, 58, 58, 58, 57, 57, 57, 56, 56],
    [10132, 10131, 10131, 10130, 10130, 10128, 10128, 10127, 10127, 10126] + 6 * [10125],
    [90] * 16,
)


def measure(cipher: object) -> dict:
    """Return the medians; `cipher` has KEY and the face of `protocol.ccm.Ccm`."""
    from protocol import messages
    from protocol.batch import UNIX, Batch
    from protocol.envelope import TAG_WIRE, Envelope, parse
    from protocol.window import ReplayWindow

    envelope = Envelope(cipher, 100, 1, TAG_WIRE)
    window = ReplayWindow(999)
    batch = Batch(4711, (0, 1, 2, 3), [list(c) for c in _COLUMNS], 900, UNIX, 1800000000)
    encode_us = []
    open_us = []
    for counter in range(1000, 1000 + _ROUNDS):
        begin = ticks_us()
        frame = envelope.seal_up(counter, messages.encode(batch))
        between = ticks_us()
        got = messages.decode(envelope.open_up(parse(frame), window)[1])
        end = ticks_us()
        if got.columns != batch.columns:
            raise ValueError("a batch does not give back what went in")
        encode_us.append(ticks_diff(between, begin))
        open_us.append(ticks_diff(end, between))
    return {"encode_us": _median(encode_us), "open_us": _median(open_us)}


def _median(values: list) -> float:
    return round(sorted(values)[len(values) // 2], 1)


def _main() -> None:
    sys.path.insert(0, sys.argv[1])
    from protocol.ccm import Ccm

    print(json.dumps(measure(Ccm(KEY))))


if __name__ == "__main__":
    _main()
