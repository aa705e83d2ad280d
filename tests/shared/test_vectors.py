"""The golden vectors, written, read and refused: see tests/vectors/README.md."""

from binascii import unhexlify

from protocol import messages
from protocol.ccm import Ccm
from protocol.envelope import STRONG, TAG_WIRE, Envelope, parse
from protocol.errors import MALFORMED, DecodeError, FrameError
from protocol.sampletime import ACCURACY_S
from protocol.stream import RecordReader, from_record, to_record
from protocol.window import ReplayWindow
from tests.shared.expect import refuses, vectors
from tests.shared.forms import (
    CLOCKS,
    CODES,
    KEY,
    OPERATIONS,
    PLAIN_KINDS,
    as_decoded,
    build,
    form_of,
    to_hex,
)


def test_messages_are_written_as_in_the_vectors():
    for vector in vectors("messages"):
        plain = messages.encode(build(vector["message"]))
        assert to_hex(plain) == vector["plain"], vector["name"]


def test_messages_are_read_as_in_the_vectors():
    for vector in vectors("messages"):
        message = messages.decode(unhexlify(vector["plain"]))
        assert form_of(message) == as_decoded(vector["message"]), vector["name"]
        if vector["message"]["kind"] != "batch":
            assert to_hex(messages.encode(message)) == vector["plain"], vector["name"]


def test_every_kind_of_message_is_in_the_vectors():
    forms = [vector["message"] for vector in vectors("messages")]
    kinds = {"batch", "reading", "command", "result"}
    kinds.update(PLAIN_KINDS)
    assert {form["kind"] for form in forms} == kinds
    batches = [form for form in forms if form["kind"] == "batch"]
    assert {form["clock"] for form in batches} == set(CLOCKS)
    assert {form["accuracy_s"] for form in batches} == set(ACCURACY_S)
    assert {form["operation"] for form in forms if form["kind"] == "command"} == set(OPERATIONS)
    assert {form["code"] for form in forms if form["kind"] == "result"} == set(CODES)
    for field in ("older", "places", "quality"):
        assert {form[field] is None for form in batches} == {True, False}


def envelope_of(vector: dict) -> Envelope:
    cipher = Ccm(unhexlify(vector["key"]))
    return Envelope(cipher, vector["node"], vector["epoch"], vector["tag_length"])


def is_up(vector: dict) -> bool:
    return vector["direction"] == "up"


def test_frames_are_written_as_in_the_vectors():
    for vector in vectors("frames"):
        counter, plain = vector["counter"], unhexlify(vector["plain"])
        if is_up(vector):
            flags = (vector["asks"], vector["whole"], vector["strong"])
            frame = envelope_of(vector).seal_up(counter, plain, *flags)
        else:
            frame = envelope_of(vector).seal_answer(counter, plain, vector["more"])
        assert to_hex(frame) == vector["frame"], vector["name"]


def test_frames_are_read_as_in_the_vectors():
    for vector in vectors("frames"):
        parsed = parse(unhexlify(vector["frame"]))
        counter = vector["counter"]
        assert (parsed.node, parsed.down) == (vector["node"], not is_up(vector))
        if is_up(vector):
            assert parsed.more == vector["asks"]
            window = ReplayWindow(counter - 1, 1 if counter else 0)
            opened, plain = envelope_of(vector).open_up(parsed, window)
            assert opened == counter
            length = STRONG if vector["strong"] else vector["tag_length"]
        else:
            assert parsed.more == vector["more"]
            plain = envelope_of(vector).open_answer(parsed, counter)
            length = STRONG
        assert to_hex(plain) == vector["plain"], vector["name"]
        assert len(parsed.sealed) == len(plain) + length


def test_records_are_written_and_read_as_in_the_vectors():
    for vector in vectors("records"):
        frame, record = unhexlify(vector["frame"]), unhexlify(vector["record"])
        assert to_record(frame) == record, vector["name"]
        assert from_record(record[:-1]) == frame
        assert RecordReader(1024).feed(record) == [frame]


def refused(what: str) -> list:
    """Return the vectors of one kind that must be refused."""
    found = [vector for vector in vectors("refused") if vector["what"] == what]
    assert found
    return found


def test_messages_that_break_the_format_are_refused():
    for vector in refused("message"):
        try:
            message = messages.decode(unhexlify(vector["data"]))
        except DecodeError:
            continue
        raise AssertionError("%s: read as %r" % (vector["why"], form_of(message)))


def test_frames_are_refused_for_the_reason_in_the_vectors():
    reader = Envelope(Ccm(KEY), 42, 1, TAG_WIRE)
    for vector in refused("frame"):
        data = unhexlify(vector["data"])
        if vector["refusal"] == MALFORMED:
            assert refuses(FrameError, parse, data).kind == MALFORMED, vector["why"]
            continue
        parsed = parse(data)
        if parsed.down:
            error = refuses(FrameError, reader.open_answer, parsed, 300)
        else:
            window = ReplayWindow(299, 1)
            error = refuses(FrameError, reader.open_up, parsed, window, vector["strong_only"])
            assert (window.top, window.mask) == (299, 1)
        assert error.kind == vector["refusal"], vector["why"]


def test_records_that_are_no_cobs_are_counted_and_dropped():
    for vector in refused("record"):
        reader = RecordReader()
        assert reader.feed(unhexlify(vector["data"]) + b"\x00") == [], vector["why"]
        assert reader.garbled + reader.overlong == 1
