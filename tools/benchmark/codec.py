"""What one batch costs, step by step: time, and on MicroPython heap, for several shapes of batch.

    micropython tools/benchmark/codec.py ROOT [PROTOTYPE]     prints {"4x16": {"ours": ...}, ...}

Place: runs in the real MicroPython as a program, and in CPython as a module.
Guarantee: both run the same lines on the same batch, and so does the prototype, where the folder
with it is given, in turns with ours. Times are medians of many rounds, on MicroPython each after a
collection; heap is what a call allocates while nothing is collected. Every round decodes what it
encoded.
"""

import gc
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


SHAPES = ((4, 8), (4, 16), (7, 16))  # quantities, samples
# step, and what it takes: the batch, or what an earlier step gave. `cipher` is the AES-CCM within
# `seal` once more, by itself.
STEPS = (
    ("encode", "batch"),
    ("cipher", "encode"),
    ("seal", "encode"),
    ("open", "seal"),
    ("decode", "open"),
)
KEY = bytes(range(16))
_TELLS_HEAP = hasattr(gc, "mem_alloc")  # MicroPython
_ROUNDS = 101
_NODE = 100
_FIRST_COUNTER = 1000
_INTERVAL_S = 900
_NEWEST_S = 1800000000
_TAG_LENGTH = 8
_NONCE = bytes(13)
_PREFIX = bytes([0x83, 0x18, _NODE, 0x19, 0x03, 0xE8])
_COLUMNS = (
    [213, 214, 214, 216, 217, 219, 220, 220, 222, 223, 225, 225, 226, 228, 228, 229],
    [61, 61, 60, 60, 60, 59, 59, 59, 58, 58, 58, 57, 57, 57, 56, 56],
    [10132, 10131, 10131, 10130, 10130, 10128, 10128, 10127, 10127, 10126] + 6 * [10125],
    [90] * 16,
    [11, 12, 12, 10, 9, 11, 14, 13, 13, 12, 15, 17, 16, 14, 13, 13],
    [17, 19, 18, 16, 16, 17, 22, 20, 21, 19, 23, 27, 25, 22, 20, 21],
    [8, 8, 9, 7, 7, 8, 10, 9, 9, 9, 11, 12, 11, 10, 9, 9],
)


def measure(cipher: object, prototype: bool = False) -> dict:
    """Return {shape: {"ours": {step: {"us", "heap"}}, "prototype": the same or None}}.

    `cipher` has KEY and the face of `protocol.ccm.Ccm`; heap is None on CPython.
    """
    results = {}
    for rows, samples in SHAPES:
        columns = [column[:samples] for column in _COLUMNS[:rows]]
        ours = _ours(cipher, columns)
        coders = [ours, _prototype(columns)] if prototype else [ours]
        figures = _run(coders, columns)
        shape = str(rows) + "x" + str(samples)
        results[shape] = {"ours": figures[0], "prototype": figures[1] if prototype else None}
    return results


def _ours(cipher, columns):
    """Return (batch, function of each step, columns of a decoded batch)."""
    from protocol import messages
    from protocol.batch import Batch
    from protocol.envelope import Envelope, parse
    from protocol.sampletime import UNIX
    from protocol.window import ReplayWindow

    batch = Batch(4711, tuple(range(len(columns))), columns, _INTERVAL_S, UNIX, _NEWEST_S)
    batch.sent_s = _NEWEST_S
    envelope = Envelope(cipher, _NODE, 1, _TAG_LENGTH)
    window = ReplayWindow(_FIRST_COUNTER - 1)
    counters = iter(range(_FIRST_COUNTER, 1 << 16))

    def cipher_alone(plain):
        return cipher.seal(_NONCE, _PREFIX, plain, _TAG_LENGTH)

    def seal(plain):
        return envelope.seal_up(next(counters), plain)

    def open_again(frame):
        return envelope.open_up(parse(frame), window)[1]

    functions = {
        "encode": messages.encode,
        "cipher": cipher_alone,
        "seal": seal,
        "open": open_again,
        "decode": messages.decode,
    }
    return batch, functions, lambda got: got.columns


def _prototype(columns):
    """Return the same of the prototype, whose folder is on the path."""
    ccm, envelope, cborlite, colcodec = (
        __import__(name) for name in ("ccm", "envelope", "cborlite", "colcodec")
    )
    ids = list(range(len(columns)))
    receiver = envelope.Rx(KEY, _NODE, _TAG_LENGTH, 1)
    counters = iter(range(_FIRST_COUNTER, 1 << 16))

    def encode(batch):
        return cborlite.dumps(colcodec.enc_rice(ids, batch, _INTERVAL_S // 60, 0))

    def cipher_alone(plain):
        return ccm.seal(KEY, _NONCE, _PREFIX, plain, _TAG_LENGTH)

    def seal(plain):
        return envelope.seal(KEY, _NODE, next(counters), plain, _TAG_LENGTH, 1)

    def open_again(frame):
        return receiver.open(frame)[1]

    def decode(plain):
        return colcodec.dec_rice(cborlite.loads(plain))

    functions = {
        "encode": encode,
        "cipher": cipher_alone,
        "seal": seal,
        "open": open_again,
        "decode": decode,
    }
    return columns, functions, lambda got: got[1]


def _run(coders: list, columns: list) -> list:
    """Return {step: {"us", "heap"}} of each coder."""
    times: list = [{step: [] for step, _ in STEPS} for _ in coders]
    for _ in range(_ROUNDS):
        for i in range(len(coders)):
            batch, functions, columns_of = coders[i]
            values = {"batch": batch}
            for step, takes in STEPS:
                values[step], spent_us = _timed(functions[step], values[takes])
                times[i][step].append(spent_us)
            if columns_of(values["decode"]) != columns:
                raise ValueError("a batch does not give back what went in")
    figures = []
    for i in range(len(coders)):
        heaps = _heaps(coders[i][0], coders[i][1])
        steps = times[i].items()
        figures.append({step: {"us": _median(us), "heap": heaps[step]} for step, us in steps})
    return figures


def _timed(function, value):
    """Return what a function makes of a value, and the microseconds it took."""
    if _TELLS_HEAP:
        gc.collect()
    begin = ticks_us()
    made = function(value)
    return made, ticks_diff(ticks_us(), begin)


def _heaps(batch: object, functions: dict) -> dict:
    """Return the bytes that each step allocates; None where the interpreter does not tell."""
    if not _TELLS_HEAP:
        return {step: None for step, _ in STEPS}
    heaps = {}
    values = {"batch": batch}
    for step, takes in STEPS:
        function, value = functions[step], values[takes]
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()  # type: ignore[attr-defined]
        made = function(value)
        heaps[step] = gc.mem_alloc() - before  # type: ignore[attr-defined]
        gc.enable()
        values[step] = made
    return heaps


def _median(values: list) -> float:
    return round(sorted(values)[len(values) // 2], 1)


def _main() -> None:
    sys.path.insert(0, sys.argv[1])
    sys.path.extend(sys.argv[2:])
    from protocol.ccm import Ccm

    print(json.dumps(measure(Ccm(KEY), len(sys.argv) > 2)))


if __name__ == "__main__":
    _main()
