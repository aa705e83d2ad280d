"""A broker in bytes, as bad as a test wants it: it answers what the test says, when it says.

It knows CONNECT, PUBLISH of QoS 1, SUBSCRIBE, PINGREQ and DISCONNECT, one client at a time. It does
not route, store or check anything.
"""

import asyncio
import contextlib
import socket

from gateway.broker import Broker
from gateway.config_mqtt import Mqtt

CONNACK = b"\x20\x03\x00\x00\x00"


def connack(properties: bytes) -> bytes:
    """Return an MQTT 5 CONNACK with properties."""
    return bytes((0x20, 3 + len(properties), 0, 0, len(properties))) + properties


class FakeBroker:
    """Use `async with`. `published` are (identifier, topic, payload, retain, properties)."""

    def __init__(self, hello: bytes = CONNACK, acknowledge: bool = True, narrow: bool = False):
        self._hello = hello
        self._narrow = narrow
        self.acknowledge = acknowledge
        self.suback = 1
        self.answers_pings = True
        self.published = []
        self.sizes = []
        self.subscribed = asyncio.Event()
        self.ended = asyncio.Event()
        self.said_goodbye = False
        self._writer = None

    async def __aenter__(self):
        listener = socket.create_server(("127.0.0.1", 0))
        if self._narrow:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=4096)
        self.port = listener.getsockname()[1]
        return self

    async def __aexit__(self, *error):
        self._server.close()
        if self._writer:
            self._writer.close()
            await self.ended.wait()

    def client(self, on_message=None, session_s=0, **fields):
        """Return a Broker that will connect here."""
        mqtt = Mqtt("127.0.0.1", self.port, **{"timeout_s": 5, **fields})
        return Broker(mqtt, "gw", None, on_message, session_s)

    def ack(self, *identifiers, code=0):
        """Acknowledge."""
        for identifier in identifiers:
            mid = identifier.to_bytes(2, "big")
            self.send(b"\x40\x03" + mid + bytes((code,)) if code else b"\x40\x02" + mid)

    def send(self, data):
        """Send bytes."""
        self._writer.write(data)

    def cut(self):
        """Close the connection."""
        self._writer.close()

    async def has(self, count):
        """Wait until so many messages came, and a little for more that should not."""
        async with asyncio.timeout(5):
            while len(self.published) < count:
                await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        assert len(self.published) == count

    def topics(self):
        return [topic for _, topic, _, _, _ in self.published]

    async def _serve(self, reader, writer):
        self._writer = writer
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                first = (await reader.readexactly(1))[0]
                size, body = await self._body(reader)
                self._take(first, size, body)
        writer.close()
        self.ended.set()

    @staticmethod
    async def _body(reader):
        length = 0
        for i in range(4):
            byte = (await reader.readexactly(1))[0]
            length |= (byte & 127) << 7 * i
            if byte < 128:
                break
        return 2 + i + length, await reader.readexactly(length)

    def _take(self, first, size, body):
        kind = first >> 4
        if kind == 1:
            self.connect = body
            self.send(self._hello)
        elif kind == 3:
            self._publish(first, body)
            self.sizes.append(size)
        elif kind == 8:
            self.send(b"\x90\x04" + body[:2] + bytes((0, self.suback)))
            self.subscribed.set()
        elif kind == 12 and self.answers_pings:
            self.send(b"\xd0\x00")
        elif kind == 14:
            self.said_goodbye = True

    def _publish(self, first, body):
        assert first & 6 == 2, "QoS 1"
        end = 2 + int.from_bytes(body[:2], "big")
        mid = int.from_bytes(body[end : end + 2], "big")
        start = end + 3 + body[end + 2]  # properties are short
        properties = body[end + 3 : start]
        retain = bool(first & 1)
        self.published.append((mid, body[2:end].decode(), body[start:], retain, properties))
        if self.acknowledge:
            self.ack(mid)
