"""The golden vectors, written and read: see tests/vectors/README.md."""

from binascii import hexlify, unhexlify

from protocol import messages
from protocol.ccm import Ccm
from protocol.envelope import Envelope, parse
from protocol.stream import RecordReader, from_record, to_record
from protocol.window import ReplayWindow
from tests.shared.expect import vectors
from tests.shared.forms import as_decoded, build, form_of


def to_hex(data: bytes) -> str:
    return hexlify(data).decode()


def test_messages_are_written_as_in_the_vectors():
    for vector in vectors("messages"):
        plain = messages.encode(build(vector["message"]))
        assert to_hex(plain) == vector["plain"], vector["name"]


def test_messages_are_read_as_in_the_vectors():
    for vector in vectors("messages"):
        message = messages.decode(unhexlify(vector["plain"]))
        assert form_of(message) == as_decoded(vector["message"]), vector["name"]


def test_every_kind_of_message_is_in_the_vectors():
    seen = {vector["message"]["kind"] for vector in vectors("messages")}
    assert seen == {"batch", "hello", "ack", "status", "note"}


def envelope_of(vector: dict) -> Envelope:
    cipher = Ccm(unhexlify(vector["key"]))
    return Envelope(cipher, vector["node"], vector["epoch"], vector["tag_length"])


def test_frames_are_written_as_in_the_vectors():
    for vector in vectors("frames"):
        plain = unhexlify(vector["plain"])
        if vector["direction"] == "up":
            frame = envelope_of(vector).seal_up(vector["counter"], plain, vector["whole"])
        else:
            frame = envelope_of(vector).seal_answer(vector["counter"], plain)
        assert to_hex(frame) == vector["frame"], vector["name"]


def test_frames_are_read_as_in_the_vectors():
    for vector in vectors("frames"):
        parsed = parse(unhexlify(vector["frame"]))
        counter = vector["counter"]
        assert parsed.node == vector["node"]
        if vector["direction"] == "up":
            window = ReplayWindow(counter - 1, 1 if counter else 0)
            assert not parsed.down
            opened, plain = envelope_of(vector).open_up(parsed, window)
            assert opened == counter
        else:
            assert parsed.down
            plain = envelope_of(vector).open_answer(parsed, counter)
        assert to_hex(plain) == vector["plain"], vector["name"]


def test_records_are_written_and_read_as_in_the_vectors():
    for vector in vectors("records"):
        frame, record = unhexlify(vector["frame"]), unhexlify(vector["record"])
        assert to_record(frame) == record, vector["name"]
        assert from_record(record[:-1]) == frame
        assert RecordReader().feed(record) == [frame]
