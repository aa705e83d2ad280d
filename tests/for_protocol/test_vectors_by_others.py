"""The golden vectors read without our code: cbor2 for the items, `cryptography` for the seals."""

import struct
import subprocess
import sys
from pathlib import Path

import cbor2
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from protocol.reports import exceptions, status_fields
from tests.for_protocol.bits_by_text import ACCURACIES, CLOCKS, QUALITIES, read_batch
from tests.shared.expect import vectors
from tests.shared.forms import CODES, OPERATIONS, as_decoded

ROOT = Path(__file__).parents[2]


def by_name(name: str) -> pytest.MarkDecorator:
    """Run a test for each vector of a file."""
    return pytest.mark.parametrize("vector", vectors(name), ids=lambda vector: vector["name"])


def test_the_vectors_are_what_the_script_writes():
    done = subprocess.run(
        [sys.executable, "-m", "tests.vectors.make", "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["messages", "frames", "records", "rfc3610"])
def test_every_vector_has_a_name_of_its_own(name):
    names = [vector["name"] for vector in vectors(name)]
    assert len(set(names)) == len(names)


def ack_value(message: dict):
    """Return the CBOR value of an Ack."""
    fields = {
        0: message["unix_ms"],
        1: message["gaps"] or None,
        2: message["seen"],
        3: message["unreadable"] or None,
    }
    fields[7] = message["strong"] or None
    fields |= dict(zip((4, 5, 6), message["link"] or (), strict=False))
    fields = {key: value for key, value in fields.items() if value is not None}
    if fields:
        return [1, message["expected"], fields]
    return [1, None] if message["expected"] is None else message["expected"]


def reading_value(message: dict) -> dict:
    """Return the CBOR value of a Reading."""
    clock, accuracy = CLOCKS.index(message["clock"]), ACCURACIES.index(message["accuracy_s"])
    value = {int(key): entry for key, entry in message["values"].items()}
    value[-2] = [clock, message["seconds"], accuracy]
    if message["first"] is not None:
        value[-1] = message["first"]
    quality = {int(key): QUALITIES.index(name) for key, name in message["quality"].items()}
    return value | ({-3: quality} if quality else {})


def result_value(message: dict) -> list:
    """Return the CBOR value of a Result."""
    value = message["value"]
    if isinstance(value, dict):
        value = bytes.fromhex(value["hex"]) if "hex" in value else reading_value(value)
    head = [6, message["number"], CODES.index(message["code"])]
    return head if value is None else [*head, value]


def command_value(message: dict) -> list:
    """Return the CBOR value of a Command."""
    arguments = list(message["arguments"])
    if message["operation"] == "rekey":
        arguments[1] = bytes.fromhex(arguments[1])
    return [5, message["number"], OPERATIONS.index(message["operation"]), *arguments]


def field_number(name: str) -> int:
    """Return the number of a field of a Status."""
    known = status_fields()
    return known.index(name) if name in known else int(name.removeprefix("field_"))


def hello_value(message: dict) -> list:
    """Return the CBOR value of a Hello."""
    value = [0, *(message[name] for name in ("boot", "oldest", "next_number", "firmware"))]
    return value if message["unsure"] is None else [*value, message["unsure"]]


def hexed(message: dict, *names: str) -> list:
    """Return fields by name, those in hex as bytes."""
    is_hex = ("image", "missing", "block")
    return [bytes.fromhex(message[n]) if n in is_hex else message[n] for n in names]


# Kind: its CBOR value, as the text of `messages.py` and of its neighbours has it.
VALUES = {
    "poll": lambda m: None,
    "note": lambda m: m["text"],
    "hello": hello_value,
    "ack": ack_value,
    "status": lambda m: [2, {field_number(name): v for name, v in m["fields"].items()}],
    "crash": lambda m: [
        3,
        exceptions().index(m["exception"]),
        m["module"],
        m["line"],
        bytes.fromhex(m["firmware"]),
    ],
    "gone": lambda m: [4, m["first"], m["count"]],
    "command": command_value,
    "result": result_value,
    "reading": reading_value,
    "offer": lambda m: [7, *hexed(m, "image", "size", "block_size", "firmware")],
    "want": lambda m: [8, *hexed(m, "image", "first", "missing")],
    "block": lambda m: [9, *hexed(m, "image", "index", "block")],
}


@by_name("messages")
def test_a_plaintext_is_the_item_that_cbor2_reads(vector):
    value = cbor2.loads(bytes.fromhex(vector["plain"]))
    if vector["message"]["kind"] == "batch":
        assert isinstance(value, bytes)
        assert read_batch(value)[0] == as_decoded(vector["message"])
        return
    assert value == VALUES[vector["message"]["kind"]](vector["message"])
    if not isinstance(value, dict) and not isinstance(vector["message"].get("value"), dict):
        # cbor2 sorts keys as RFC 7049 did, which is another order where some are negative.
        assert cbor2.dumps(value, canonical=True) == bytes.fromhex(vector["plain"])


def test_every_mode_of_a_column_is_in_the_vectors():
    seen = set()
    for vector in vectors("messages"):
        if vector["message"]["kind"] == "batch":
            seen.update(read_batch(cbor2.loads(bytes.fromhex(vector["plain"])))[1])
    assert seen == set(range(16))


@by_name("frames")
def test_a_frame_is_what_cryptography_seals(vector):
    frame = bytes.fromhex(vector["frame"])
    address, count, sealed = cbor2.loads(frame)
    up, node, counter = vector["direction"] == "up", vector["node"], vector["counter"]
    assert address == (node if up else -1 - node)
    if up:
        low, sign = counter if vector["whole"] else counter % 65536, vector["asks"]
        tag_length = 8 if vector["strong"] else vector["tag_length"]
    else:
        low, sign, tag_length = counter % 24, vector["more"], 8
    assert count == (-1 - low if sign else low)
    assert cbor2.dumps([address, count, sealed], canonical=True) == frame
    head = b"\x83" + cbor2.dumps(address) + cbor2.dumps(count)
    nonce = struct.pack(">BHIIH", not up, node, vector["epoch"], counter, 0)
    aead = AESCCM(bytes.fromhex(vector["key"]), tag_length)
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
    assert frame[:-1] == bytes.fromhex(vector["frame"])  # the last block has no zero of its own
