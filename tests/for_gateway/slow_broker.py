"""A broker over TCP that acknowledges one message at a time, and may take only a few at once."""

import asyncio
import contextlib


class SlowBroker:
    """A real MQTT 3.1.1 or 5 listener that acknowledges one message every `pause_s`."""

    def __init__(self, pause_s=0.0, receive_maximum=None):
        self.pause_s = pause_s
        self.receive_maximum = receive_maximum
        self.acknowledged = 0
        self.kicked = 0
        self.payloads = []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error):
        self.server.close()

    async def _packet(self, reader):
        kind = (await reader.readexactly(1))[0]
        length, shift = 0, 0
        while True:
            byte = (await reader.readexactly(1))[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, await reader.readexactly(length)

    async def _serve(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader, writer):
        await self._packet(reader)
        properties = b"\x00"
        if self.receive_maximum:
            properties = b"\x03\x21" + self.receive_maximum.to_bytes(2, "big")
        writer.write(bytes([0x20, 2 + len(properties), 0, 0]) + properties)
        open_ids = asyncio.Queue()
        task = asyncio.create_task(self._acknowledge(open_ids, writer))
        try:
            while True:
                kind, body = await self._packet(reader)
                if kind >> 4 != 3:
                    continue
                if self.receive_maximum and open_ids.qsize() >= self.receive_maximum:
                    self.kicked += 1
                    writer.write(b"\xe0\x01\x93")  # MQTT 5, 4.9: receive maximum exceeded
                    return
                size = int.from_bytes(body[:2], "big")
                at = 2 + size
                open_ids.put_nowait(body[at : at + 2])
        finally:
            task.cancel()

    async def _acknowledge(self, open_ids, writer):
        while True:
            mid = await open_ids.get()
            await asyncio.sleep(self.pause_s)
            self.acknowledged += 1
            writer.write(b"\x40\x02" + mid)
