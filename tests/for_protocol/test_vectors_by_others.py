"""The golden vectors read without our code: cbor2 for the items, `cryptography` for the seals."""

import struct

import cbor2
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from protocol.messages import STATUS_FIELDS
from tests.shared.expect import vectors


def by_name(name: str) -> pytest.MarkDecorator:
    """Run a test for each vector of a file."""
    return pytest.mark.parametrize("vector", vectors(name), ids=lambda vector: vector["name"])


def value_of(message: dict):
    """Return the CBOR value that a message is, from its description in `messages.py`."""
    kind = message["kind"]
    if kind == "note":
        return message["text"]
    if kind == "hello":
        return [0, *(message[name] for name in ("boot", "oldest", "next_number", "firmware"))]
    if kind == "ack":
        time = [] if message["unix_ms"] is None else [message["unix_ms"]]
        return [1, message["expected"], *time]
    return [2, {STATUS_FIELDS.index(name): value for name, value in message["fields"].items()}]


@by_name("messages")
def test_a_plaintext_is_the_item_that_cbor2_writes(vector):
    plain = bytes.fromhex(vector["plain"])
    value = cbor2.loads(plain)
    assert cbor2.dumps(value, canonical=True) == plain
    if vector["message"]["kind"] == "batch":
        assert isinstance(value, bytes)
    else:
        assert value == value_of(vector["message"])


class Bits:
    """A string of bits, read by the text of `batch.py` and `columns.py` alone."""

    def __init__(self, data: bytes):
        self.left = "".join(f"{byte:08b}" for byte in data)

    def take(self, width: int) -> int:
        bits, self.left = self.left[:width], self.left[width:]
        return int(bits, 2) if width else 0

    def ones(self) -> int:
        count = len(self.left) - len(self.left.lstrip("1"))
        self.left = self.left[count + 1 :]
        return count

    def golomb(self, order: int) -> int:
        zeros = len(self.left) - len(self.left.lstrip("0"))
        self.left = self.left[zeros:]
        return ((self.take(zeros + 1) - 1) << order) + self.take(order)

    def rice(self, order: int) -> int:
        if self.left.startswith("1" * 12):
            self.take(12)
            return self.take(22)
        return (self.ones() << order) + self.take(order)


def signed(code: int) -> int:
    return code // 2 if code % 2 == 0 else -(code + 1) // 2


@by_name("messages")
def test_a_batch_is_the_bits_that_its_text_describes(vector):
    message = vector["message"]
    if message["kind"] != "batch":
        return
    bits = Bits(cbor2.loads(bytes.fromhex(vector["plain"])))
    assert bits.take(16) == message["first"] % 65536
    assert bits.take(6) + 1 == len(message["columns"][0])
    ids = [bits.take(5)]
    gaps = ids.pop()
    ids.append(bits.golomb(2))
    for _ in range(gaps):
        ids.append(ids[-1] + 1 + bits.golomb(0))
    assert ids == message["ids"]
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 360, 600, 900, 1800, 3600)
    code = bits.take(4)
    assert (steps[code] if code < 15 else bits.take(20)) == message["interval_s"]
    clock = bits.take(2)
    assert ("slot", "unix", "age", "at_least")[clock] == message["clock"]
    seconds = bits.take(6) if clock == 0 else bits.take(32) if clock == 1 else bits.golomb(5)
    assert seconds == message["seconds"]


@by_name("frames")
def test_a_frame_is_what_cryptography_seals(vector):
    frame = bytes.fromhex(vector["frame"])
    address, low, sealed = cbor2.loads(frame)
    up, node, counter = vector["direction"] == "up", vector["node"], vector["counter"]
    assert address == (node if up else -1 - node)
    assert low == (counter if vector["whole"] else counter % 65536)
    assert cbor2.dumps([address, low, sealed], canonical=True) == frame
    head = b"\x83" + cbor2.dumps(address) + cbor2.dumps(low)
    nonce = struct.pack(">BHIIH", not up, node, vector["epoch"], counter, 0)
    aead = AESCCM(bytes.fromhex(vector["key"]), vector["tag_length"])
    assert aead.encrypt(nonce, bytes.fromhex(vector["plain"]), head) == sealed


@by_name("records")
def test_a_record_is_cobs(vector):
    record, frame = bytes.fromhex(vector["record"]), b""
    assert record.count(0) == 1
    at = 0
    while record[at]:
        code = record[at]
        frame += record[at + 1 : at + code] + (b"\x00" if code < 255 else b"")
        at += code
    assert at == len(record) - 1
    assert frame[:-1] == bytes.fromhex(vector["frame"])
