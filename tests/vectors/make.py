"""Writes the golden vectors; see README.md. Run once per version: python -m tests.vectors.make"""

import json
from pathlib import Path

from protocol import messages
from protocol.ccm import Ccm
from protocol.envelope import Envelope
from protocol.stream import to_record
from tests.shared.forms import build

FOLDER = Path(__file__).parent
KEY = "000102030405060708090a0b0c0d0e0f"


def batch(first, ids, columns, interval_s=900, clock="unix", seconds=1750000500, quality=None):
    """Return the form of a batch."""
    return {
        "kind": "batch",
        "first": first,
        "ids": ids,
        "columns": columns,
        "interval_s": interval_s,
        "clock": clock,
        "seconds": seconds,
        "quality": quality,
    }


DAY = [round(150 + 60 * (1 - (i - 32) ** 2 / 1024)) for i in range(64)]
RAMP = list(range(0, 320, 5))
NOISE = [(i * 7919) % 331 for i in range(64)]
ALL = list(range(24))
ALL_COLUMNS = [[10 * i, 10 * i + 3, 10 * i - 2] for i in range(29)]

MESSAGES = [
    ("one sample of one quantity", batch(0, [0], [[213]], clock="slot", seconds=33)),
    ("climate, one sample", batch(7, [0, 1, 2, 3], [[213], [55], [10132], [88]])),
    (
        "climate, 16 samples in a slot",
        batch(65530, [0, 1, 2], [DAY[:16], [55] * 16, RAMP[:16]], clock="slot", seconds=9),
    ),
    ("a smooth day, second differences", batch(64, [0], [DAY])),
    ("a ramp", batch(128, [17], [RAMP])),
    ("noise, first differences", batch(192, [10], [NOISE])),
    ("one spike, through the escape", batch(256, [23], [[0] * 31 + [500000] + [0] * 32])),
    ("the limits of a value", batch(320, [19, 23], [[524287, -524287] * 3, [-524287] * 6])),
    ("every quantity", batch(1000, ALL, ALL_COLUMNS, 60)),
    ("a histogram", batch(1003, [13], [[4, 5], [30, 28], [12, 0], [3, 1], [0, 0], [1, 0]], 300)),
    ("an explicit interval", batch(1005, [16], [[101, 102]], 77)),
    ("no interval", batch(1007, [16], [[101]], 0)),
    ("an age", batch(1008, [16], [[101, 99, 98]], 60, "age", 3725)),
    ("at least an age", batch(1011, [16], [[101]], 60, "at_least", 4194000)),
    (
        "qualities and a hole",
        batch(
            4294967295,
            [0, 4],
            [[213, None, 215, 900], [12, 12, 13, 13]],
            quality=[[0, 4, 0, 2], None],
        ),
    ),
    ("nothing but holes", batch(12, [1, 13], [[50]] + [[None]] * 6, quality=[None, [4]])),
    (
        "hello",
        {"kind": "hello", "boot": 3, "oldest": 1000, "next_number": 1064, "firmware": "0.1.0"},
    ),
    (
        "hello of a new node",
        {"kind": "hello", "boot": 1, "oldest": 0, "next_number": 0, "firmware": ""},
    ),
    ("ack with the time", {"kind": "ack", "expected": 70000, "unix_ms": 1750000000123}),
    ("ack without the time", {"kind": "ack", "expected": 70000, "unix_ms": None}),
    ("ack that asks for a hello", {"kind": "ack", "expected": None, "unix_ms": None}),
    (
        "status",
        {
            "kind": "status",
            "fields": {name: 1000 * i + 24 for i, name in enumerate(messages.STATUS_FIELDS)},
        },
    ),
    ("status without fields", {"kind": "status", "fields": {}}),
    ("note", {"kind": "note", "text": "pm sensor 2: keine Antwort für 3 min"}),
    ("empty note", {"kind": "note", "text": ""}),
]

# name, node, direction, epoch, counter, whole, tag length, plaintext
FRAMES = [
    ("first hello, all of the counter", 42, "up", 1, 0, True, 8, "850003000065302e312e30"),
    ("over a wire", 42, "up", 1, 300, False, 8, "626f6b"),
    ("over LoRa", 42, "up", 1, 300, False, 4, "626f6b"),
    ("smallest address and counter", 0, "up", 0, 0, False, 4, "60"),
    ("largest address, counter and epoch", 65535, "up", 4294967295, 4294967295, False, 8, "f6"),
    ("the low bits of a large counter", 300, "up", 2, 70000, False, 8, "626f6b"),
    ("the whole of a large counter", 300, "up", 2, 70000, True, 8, "626f6b"),
    ("an empty plaintext", 300, "up", 2, 5, False, 8, ""),
    ("an answer", 42, "answer", 1, 300, False, 8, "8201190400"),
    ("an answer over LoRa", 42, "answer", 1, 70000, False, 4, "8201190400"),
    ("an answer to node 0", 0, "answer", 1, 0, False, 8, "8201f6"),
    ("an answer to node 65535", 65535, "answer", 1, 65535, False, 8, "8201f6"),
    ("three blocks", 42, "up", 1, 301, False, 8, bytes(range(48)).hex()),
]

RECORDS = [
    ("no zero", "11223344"),
    ("only zeros", "000000"),
    ("zero at both ends", "00112200"),
    ("a full block", bytes(range(1, 255)).hex()),
    ("a full block and more", bytes(range(1, 256)).hex() + "00"),
    ("a full block before a zero", "07" * 254 + "00" + "08" * 20),
]


def message_vectors() -> list:
    """Return the vectors of plaintexts."""
    return [
        {"name": name, "message": form, "plain": messages.encode(build(form)).hex()}
        for name, form in MESSAGES
    ]


def frame_vectors() -> list:
    """Return the vectors of envelopes."""
    out = []
    for name, node, direction, epoch, counter, whole, tag_length, plain in FRAMES:
        envelope = Envelope(Ccm(bytes.fromhex(KEY)), node, epoch, tag_length)
        text = bytes.fromhex(plain)
        up = direction == "up"
        seal = envelope.seal_up if up else envelope.seal_answer
        frame = seal(counter, text, whole) if up else seal(counter, text)
        fields = {"name": name, "key": KEY, "node": node, "direction": direction, "epoch": epoch}
        fields |= {"counter": counter, "whole": whole, "tag_length": tag_length}
        out.append(fields | {"plain": text.hex(), "frame": frame.hex()})
    return out


def record_vectors() -> list:
    """Return the vectors of records."""
    return [
        {"name": name, "frame": frame, "record": to_record(bytes.fromhex(frame)).hex()}
        for name, frame in RECORDS
    ]


def write(name: str, vectors: list) -> None:
    """Write one file, one vector a line."""
    lines = ",\n".join(" " + json.dumps(vector, ensure_ascii=False) for vector in vectors)
    (FOLDER / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write("messages", message_vectors())
    write("frames", frame_vectors())
    write("records", record_vectors())
