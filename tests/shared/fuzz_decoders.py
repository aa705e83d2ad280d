"""What every decoder promises for any bytes, one function each.

Place: `fuzz` names them and runs them, on CPython under atheris too, and on MicroPython.
Guarantee: a function returns whether the bytes were taken; it raises where the promise in the first
line of its text is broken, and then only.
"""

import io

from node import files, segment
from protocol import batch, cbor, messages, quantities, quick_reader
from protocol.envelope import parse
from protocol.errors import MALFORMED, DecodeError, FrameError
from protocol.stream import RecordReader, from_record, to_record
from tests.shared.damage import is_canonical
from tests.shared.expect import refuses
from tests.shared.forms import form_of

_STREAM = 200  # some times the limit


def take_cbor(data: bytes) -> bool:
    """A value that encodes to the same bytes and is no larger than they are, or DecodeError."""
    try:
        value = cbor.loads(data)
    except DecodeError:
        return False
    assert cbor.dumps(value) == data
    assert _items(value) <= len(data)
    return True


def _items(value) -> int:
    """Count a value and all in it."""
    if isinstance(value, dict):
        return 1 + sum(1 + _items(value[key]) for key in value)
    if isinstance(value, list):
        return 1 + sum(_items(item) for item in value)
    return 1


def take_batch(data: bytes) -> bool:
    """A batch within every limit that survives another journey, or DecodeError."""
    try:
        found = batch.decode(data)
    except DecodeError:
        return False
    assert 1 <= found.count <= batch.MAX_SAMPLES
    assert 1 <= len(found.ids) <= quantities.COUNT
    for column in found.columns:
        assert len(column) == found.count
    refuses(DecodeError, batch.decode, data + b"\x00")
    # Not the same bytes: a writer may choose other parameters for its columns than ours.
    again = batch.decode(batch.encode(found))
    assert _same(again, found)
    return True


def _same(one, other) -> bool:
    return type(one) is type(other) and one.__dict__ == other.__dict__


def take_quickly(data: bytes) -> bool:
    """What the quick reader takes is what the long one reads there; it never raises."""
    found = quick_reader.read(data)
    if found is not None:
        assert form_of(messages.decode(data)) == form_of(found)
    return found is not None


def take_message(data: bytes) -> bool:
    """A message that encodes to the same bytes (a batch: to the same batch), or DecodeError."""
    try:
        message = messages.decode(data)
    except DecodeError:
        return False
    again = messages.encode(message)
    if isinstance(message, batch.Batch):
        assert _same(messages.decode(again), message)
    else:
        assert is_canonical(data, message)
        assert messages.encode(messages.decode(again)) == again
    return True


def take_frame(data: bytes) -> bool:
    """The parts of a frame, which make the same frame again, or FrameError(MALFORMED)."""
    try:
        parsed = parse(data)
    except FrameError as error:
        assert error.kind == MALFORMED
        return False
    assert 0 <= parsed.node <= 0xFFFF and 0 <= parsed.low <= 0xFFFFFFFF
    assert parsed.prefix + cbor.dumps(parsed.sealed) == data
    return True


def take_record(data: bytes) -> bool:
    """A frame whose record it is, or None; after a full block a writer may leave the end out."""
    frame = from_record(data)
    if frame is None:
        return False
    assert to_record(frame) in (data + b"\x00", data + b"\x01\x00")
    return True


def take_stream(data: bytes) -> bool:
    """The same frames and counters however the stream is cut, with no more held than the limit."""
    limit = 1 + data[0] % 64 if data else 1
    size = 1 + data[1] % 32 if len(data) > 1 else 1
    stream = data[2:_STREAM]
    whole = RecordReader(limit)
    frames = whole.feed(stream)
    cut = RecordReader(limit)
    again = []
    for at in range(0, len(stream), size):
        again += cut.feed(stream[at : at + size])
        assert len(cut._pending) <= limit
    assert again == frames
    assert (cut.overlong, cut.garbled) == (whole.overlong, whole.garbled)
    assert len(frames) + whole.overlong + whole.garbled <= stream.count(b"\x00") + 1
    assert all(0 < len(frame) <= limit for frame in frames)
    # A record after any noise and a zero is whole.
    assert limit < 3 or whole.feed(b"\x00\x02\x07\x00")[-1:] == [b"\x07"]
    return bool(frames)


def take_flash_records(data: bytes) -> bool:
    """Payloads that make the same bytes again, up to the first that is not intact."""
    file = io.BytesIO(data)
    intact = b""
    while True:
        payload = files.read_record(file)
        if payload is None:
            break
        intact += files.to_record(payload)
    assert data.startswith(intact)
    return bool(intact)


def take_segment(data: bytes) -> bool:
    """Samples of a journal's file, each with its own index, up to the first that is not intact."""
    # A file in memory: a board runs this too, and its flash would wear.
    segment.open = lambda path, mode: io.BytesIO(data)
    try:
        reader = segment.SegmentReader("")
        samples = []
        while True:
            sample = reader.next()
            if sample is None:
                break
            samples.append(sample)
            assert reader.index == len(samples)
        reader.skip(len(data))
        reader.close()
    finally:
        del segment.open
    assert len(samples) <= reader.index <= len(data)
    file = io.BytesIO(data)
    files.read_record(file)
    for index in range(len(samples)):
        assert cbor.loads(files.read_record(file)) == [index] + samples[index]
    return len(samples) > 0
