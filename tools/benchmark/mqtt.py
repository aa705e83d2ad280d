"""The least of an MQTT client: it subscribes, takes everything and acknowledges it.

Place: broker -> here -> `on_message(topic, payload)`.
Guarantee: what was handed on was acknowledged after that, in order. MQTT 3.1.1 (OASIS, 2014), QoS
1; a library costs 77 µs a message here, which is more than the gateway spends on it.
"""

import asyncio
import struct
from collections.abc import Callable

_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _SUBSCRIBE, _SUBACK = 1, 2, 3, 4, 8, 9
_KEEPALIVE_S = 0  # 3.1.2.10: none
_CLEAN = 0x02

Handler = Callable[[bytes, bytes], None]


class Reader(asyncio.Protocol):
    """Made by `subscribe`; `closed` is done when the connection is."""

    def __init__(self, identifier: str, topics: str, is_clean: bool, on_message: Handler):
        self._identifier = identifier.encode()
        self._topics = topics.encode()
        self._flags = _CLEAN if is_clean else 0
        self._on_message = on_message
        self._pending = b""
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say CONNECT (3.1); the rest follows from the answers."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - made by create_connection
        self._transport = transport
        head = _text(b"MQTT") + bytes((4, self._flags)) + struct.pack(">H", _KEEPALIVE_S)
        transport.write(_packet(_CONNECT << 4, head + _text(self._identifier)))

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        for future in (self.ready, self.closed):
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Leave without a word: a persistent session stays with the broker."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take whole packets from what came; acknowledge all of them in one write."""
        data = self._pending + data
        at, acks = 0, bytearray()
        while (end := _end_of(data, at)) is not None:
            self._take(data, at, end, acks)
            at = end
        self._pending = data[at:]
        if acks and self._transport is not None:
            self._transport.write(bytes(acks))

    def _take(self, data: bytes, at: int, end: int, acks: bytearray) -> None:
        """Take the packet data[at:end]."""
        assert self._transport is not None  # noqa: S101 - it brought the data
        kind, flags, begin = data[at] >> 4, data[at] & 0x0F, _body_of(data, at)
        if kind == _PUBLISH:
            length = int.from_bytes(data[begin : begin + 2], "big")
            body = begin + 2 + length
            topic = data[begin + 2 : body]
            if flags & 0x06:
                acks += bytes((_PUBACK << 4, 2)) + data[body : body + 2]
                body += 2
            self._on_message(topic, data[body:end])
        elif kind == _CONNACK:
            subscription = struct.pack(">H", 1) + _text(self._topics) + b"\x01"
            self._transport.write(_packet(_SUBSCRIBE << 4 | 2, subscription))
        elif kind == _SUBACK and not self.ready.done():
            self.ready.set_result(None)


async def subscribe(
    port: int, identifier: str, topics: str, on_message: Handler, is_clean: bool = True
) -> Reader:
    """Connect to a broker on loopback and wait until the subscription stands."""
    loop = asyncio.get_running_loop()
    _, reader = await loop.create_connection(
        lambda: Reader(identifier, topics, is_clean, on_message), "127.0.0.1", port
    )
    await asyncio.wait_for(reader.ready, 10)
    if reader.closed.done():
        raise ConnectionError("the broker takes no subscriber")
    return reader


def _text(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


def _packet(head: int, body: bytes) -> bytes:
    out = bytearray((head,))
    length = len(body)
    while True:
        length, low = length >> 7, length & 0x7F
        out.append(low | (0x80 if length else 0))
        if not length:
            return bytes(out) + body


def _body_of(data: bytes, at: int) -> int:
    """Return where the body of the packet at `at` begins, behind its length of 1 to 4 bytes."""
    place = at + 1
    while data[place] >= 0x80:
        place += 1
    return place + 1


def _end_of(data: bytes, at: int) -> int | None:
    """Return where the packet at `at` ends, or None where it is not all there."""
    length = 0
    for place in range(at + 1, min(at + 5, len(data))):
        length |= (data[place] & 0x7F) << 7 * (place - at - 1)
        if data[place] < 0x80:
            end = place + 1 + length
            return end if end <= len(data) else None
    return None
