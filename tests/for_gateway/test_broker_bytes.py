"""PUBLISH and PUBACK byte by byte: against paho's own encoder, cut anywhere, and garbage."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5, MQTTv311
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.delivery import Delivery, RefusedError
from gateway.mqtt.packets import LONGEST, Encoder, PacketError, Splitter

# Around the lengths whose length needs one byte more: 128, 16384, 2097152.
SIZES = (0, 1, *range(80, 130), *range(16_330, 16_390), 70_000, *range(2_097_100, 2_097_160, 5))


class Recorder(Client):
    """paho, whose packets go nowhere: the second opinion."""

    def __init__(self, protocol):
        super().__init__(CallbackAPIVersion.VERSION2, protocol=protocol)
        self._sock = object()

    def _packet_queue(self, command, packet, mid, qos, info=None):
        self.packet = bytes(packet)

    def encode(self, topic, payload, mid, retain, properties=None):
        self._send_publish(mid, topic.encode(), payload, 1, retain, properties=properties)
        self._sock = None
        return self.packet


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("retain", [False, True])
def test_a_packet_is_what_paho_makes(size, retain):
    ours = b"".join(Encoder(False).parts("neckar/hn/ä/b", bytes(size), 0x1234, retain))
    assert ours == Recorder(MQTTv311).encode("neckar/hn/ä/b", bytes(size), 0x1234, retain)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("retain", "expiry_s"), [(False, 3600), (True, 3600), (False, 0)])
def test_a_packet_with_properties_is_what_paho_makes(size, retain, expiry_s):
    properties = Properties(PacketTypes.PUBLISH)
    properties.ContentType = "application/json"
    properties.UserProperty = ("schema", "neckar/1")
    encoder = Encoder(True, expiry_s, "neckar/1")
    ours = b"".join(encoder.parts("a/b", bytes(size), 7, retain))
    if expiry_s and not retain:
        properties.MessageExpiryInterval = expiry_s
    theirs = Recorder(MQTTv5).encode("a/b", bytes(size), 7, retain, properties)
    # The order of properties is free (MQTT 5.0, 2.2.2.2): paho sorts by its own table.
    assert len(ours) == len(theirs)
    assert sorted(ours[:100]) == sorted(theirs[:100])
    assert len(ours) - size <= encoder.overhead("a/b")


def test_topics_are_remembered_within_bounds():
    encoder = Encoder(True)
    for i in range(10_000):
        assert str(i).encode() in b"".join(encoder.parts(f"t/{i}", b"", 1, False))
    assert len(encoder._heads) <= 4096


PIECES = st.lists(
    st.one_of(
        st.tuples(st.just("ack"), st.integers(0, 65535), st.sampled_from((None, 0, 16, 135, 151))),
        st.tuples(st.just("rest"), st.binary(max_size=300), st.sampled_from((3, 9, 13, 14))),
    ),
    max_size=20,
)


def _encoded(piece):
    kind, value, more = piece
    if kind == "ack":
        body = value.to_bytes(2, "big") + (b"" if more is None else bytes((more,)))
        return b"\x40" + bytes((len(body),)) + body
    length = len(value)
    size = bytes((length,)) if length < 128 else bytes((length & 127 | 128, length >> 7))
    return bytes((more << 4,)) + size + value


@given(PIECES, st.lists(st.integers(1, 40), min_size=1))
def test_acknowledgements_come_out_in_order_and_the_rest_is_untouched(pieces, steps):
    data = b"".join(map(_encoded, pieces))
    splitter = Splitter()
    at = 0
    for i in range(len(data)):
        step = steps[i % len(steps)]
        splitter.feed(data[at : at + step])
        at += step
        if at >= len(data):
            break
    assert splitter.acks == [(mid, code or 0) for kind, mid, code in pieces if kind == "ack"]
    assert splitter.rest == b"".join(_encoded(piece) for piece in pieces if piece[0] == "rest")


@pytest.mark.parametrize(
    "data",
    [
        b"\x40\x00",
        b"\x40\x01\x05",
        b"\x40\x81\x00\x05",
        b"\x30\xff\xff\xff\xff\x01",
        b"\x30\x80\x80\x80\x80\x01",
        b"\x90\xff\xff\xff\x7f",
    ],
)
def test_what_is_no_mqtt_is_an_error(data):
    with pytest.raises(PacketError):
        Splitter().feed(data + bytes(5))


@given(st.lists(st.binary(max_size=50), max_size=50))
def test_garbage_is_an_error_or_bounded(chunks):
    splitter = Splitter()
    try:
        for chunk in chunks:
            splitter.feed(chunk)
    except PacketError:
        return
    assert len(splitter._data) <= LONGEST + 5


def test_a_reader_that_does_not_take_the_rest_is_not_fed_for_ever():
    splitter = Splitter()
    with pytest.raises(PacketError, match="more than is taken"):
        for _ in range(100):
            splitter.feed(b"\x30\x80\x80\x02" + bytes(32768))


def test_a_failed_delivery_that_nobody_waits_for_is_not_complained_about():
    said = []

    async def job():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: said.append(context))
        for error in (ConnectionError("cut"), RefusedError("no")):
            Delivery(1).fail(error)
        Delivery(1).refuse("no", "a")
        await asyncio.sleep(0)

    asyncio.run(job())
    assert said == []


@pytest.mark.parametrize("step", [997, 65_536, 2_000_000])
def test_a_command_that_is_too_long_is_cut_and_what_follows_is_untouched(step):
    topic, ack, ping = b"\x00\x0aneckar/cmd", b"\x40\x02\x04\x01", b"\xd0\x00"
    body = topic + b"\x00\x07" + b"x" * 1_000_000
    length = bytes((len(body) & 127 | 128, len(body) >> 7 & 127 | 128, len(body) >> 14))
    data = ping + b"\x32" + length + body + ack + ping
    splitter = Splitter()
    for i in range(0, len(data), step):
        splitter.feed(data[i : i + step])
        assert len(splitter._data) <= 131_072 + step
    assert splitter.acks == [(0x0401, 0)]
    rest = bytes(splitter.rest)
    cut = 131_072 - 4
    head = b"\x32" + bytes((cut & 127 | 128, cut >> 7 & 127 | 128, cut >> 14))
    assert rest == ping + head + body[:cut] + ping
