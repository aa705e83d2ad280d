"""The nodes of the benchmark send what they say, and believe only what is authentic."""

import asyncio
import os
from pathlib import Path

import pytest

from protocol import messages
from protocol.batch import Batch
from protocol.envelope import TAG_WIRE, Envelope
from protocol.messages import Ack
from protocol.stream import from_record, to_record
from tools.benchmark import mqtt
from tools.benchmark.line import Line
from tools.benchmark.load import LoadNode, Train, key_of, make_nodes
from tools.benchmark.sealing import EPOCH, LibraryCcm
from tools.benchmark.sending import Sending


def frame_of(record: bytes) -> bytes:
    sealed = from_record(record.strip(b"\x00"))
    assert sealed is not None
    return sealed


def test_trains_go_on_where_the_last_one_ended():
    (node,) = make_nodes(1)
    trains = [node.train(3, 4), node.train(1, 16), node.train(2, 1)]
    counter, number = 0, 0
    for train in trains:
        assert (train.counter, train.number) == (counter, number)
        for record in train.records:
            batch = node.sealer.open(counter, frame_of(record))
            assert isinstance(batch, Batch)
            assert (batch.first, batch.count) == (number, train.samples)
            counter += 1
            number += train.samples
    assert (node.counter, node.number) == (counter, number)


def test_samples_of_a_month_lie_an_interval_apart_and_end_when_they_should():
    (node,) = make_nodes(1)
    train = node.train(2, 64, interval_s=900, end_s=1_790_000_000)
    batches = [node.sealer.open(i, frame_of(r)) for i, r in enumerate(train.records)]
    assert [b.newest(0)[0] for b in batches] == [1_790_000_000 - 64 * 900, 1_790_000_000]
    assert {b.interval_s for b in batches} == {900}


@pytest.mark.parametrize(
    ("expected", "safe"), [(0, 0), (100, 0), (103, 0), (104, 1), (111, 2), (112, 3), (500, 3)]
)
def test_a_frame_is_safe_when_all_its_samples_are(expected, safe):
    assert Train(7, 100, 4, [b""] * 3).safe(expected) == safe


class Gateway:
    """The other end of a Line: answers what it is told to answer."""

    def __init__(self, path: Path, node: LoadNode):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        self.envelope = Envelope(LibraryCcm(key_of(node.id)), node.id, EPOCH, TAG_WIRE)

    def answer(self, counter: int, expected: int) -> None:
        plain = messages.encode(Ack(expected))
        os.write(self.fd, b"\x00" + to_record(self.envelope.seal_answer(counter, plain, False)))


def test_one_ack_covers_all_frames_before_it_and_a_forged_one_none(tmp_path):
    nodes = make_nodes(1)
    line = Line(tmp_path / "port")
    gateway = Gateway(tmp_path / "port", nodes[0])
    train = nodes[0].train(100, 2)
    # What is there before the nodes listen: a forgery, then the word for all up to frame 39.
    other = Envelope(LibraryCcm(bytes(16)), nodes[0].id, EPOCH, TAG_WIRE)
    forged = other.seal_answer(63, messages.encode(Ack(500)), False)
    os.write(gateway.fd, b"\x00" + to_record(forged))
    gateway.answer(39, 80)
    gateway.answer(99, 200)
    acked, _ = Sending([line], nodes, 64).stream([train])
    assert acked == 100
    seen = b""
    while len(seen) < sum(map(len, train.records)):
        line.write()
        seen += os.read(gateway.fd, 65536)
    assert seen == b"".join(train.records)
    os.close(gateway.fd)
    line.close()


class Transport:
    """What a Reader writes to."""

    def __init__(self):
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


@pytest.mark.parametrize("size", [1, 2, 5, 64, 1000])
def test_a_reader_takes_messages_from_chunks_of_any_size_and_acknowledges_each(size):
    got = []
    long = b"x" * 300
    stream = (
        b"\x20\x02\x00\x00"  # CONNACK
        b"\x90\x03\x00\x01\x01"  # SUBACK
        b"\x32\x0a\x00\x03a/b\x00\x07abc"  # PUBLISH, QoS 1, packet 7
        b"\x30\x06\x00\x03c/dz"  # QoS 0
        b"\x32\xb3\x02\x00\x03a/b\x00\x08" + long
    )

    async def job():
        reader = mqtt.Reader("me", "#", True, lambda topic, payload: got.append((topic, payload)))
        reader._transport = Transport()
        for at in range(0, len(stream), size):
            reader.data_received(stream[at : at + size])
        assert reader.ready.done()
        return reader._transport.written

    written = asyncio.run(job())
    assert got == [(b"a/b", b"abc"), (b"c/d", b"z"), (b"a/b", long)]
    assert written.endswith(b"\x40\x02\x00\x07\x40\x02\x00\x08")
    assert written.startswith(b"\x82")  # SUBSCRIBE, once connected
