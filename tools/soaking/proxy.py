"""The way to the broker, which breaks at any byte, before or after a PUBACK, stalls, or drips.

Place: gateway -> Proxy -> broker, and acknowledgements back.
Guarantee: bytes pass in order and unchanged until the moment of a cut. What was passed on before it
arrives: a cut takes only what comes after. Each order is carried out once, on the connection that
meets it first.
"""

import asyncio
import contextlib
from dataclasses import dataclass

_CHUNK = 65536
_PUBACK = 4
UP, DOWN = "up", "down"


class Splitter:
    """Bytes of an MQTT connection -> whole packets (MQTT 3.1.1 and 5, section 2.1)."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes; return the packets that are now complete."""
        self._pending += chunk
        packets = []
        while (length := self._length()) is not None and length <= len(self._pending):
            packets.append(self._pending[:length])
            self._pending = self._pending[length:]
        return packets

    def _length(self) -> int | None:
        """Return the length of the packet at the front, or None while that is not there."""
        length = 0
        for place in range(1, min(5, len(self._pending))):
            byte = self._pending[place]
            length |= (byte & 0x7F) << 7 * (place - 1)
            if byte < 0x80:
                return 1 + place + length
        return None


def is_puback(packet: bytes) -> bool:
    """Say whether a whole packet acknowledges a PUBLISH of QoS 1."""
    return packet[0] >> 4 == _PUBACK


@dataclass
class _Link:
    """One connection through the proxy: both its ends."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter

    def cut(self) -> None:
        """End both ways; what was written before is still sent."""
        self.near.close()
        self.far.close()


class Proxy:
    """Use `start`, connect to `port`, give orders, `stop`."""

    def __init__(self, host: str, port: int):
        self._host = host
        self._to = port
        self._server: asyncio.Server | None = None
        self._links: list[_Link] = []
        self._flowing = {UP: asyncio.Event(), DOWN: asyncio.Event()}
        for way in self._flowing.values():
            way.set()
        self._bytes_left: dict[str, int | None] = {UP: None, DOWN: None}
        self._acks_left: int | None = None
        self._ack_passes = False
        self._rate: int | None = None
        self._is_away = False
        self.port = 0
        self.acks = 0
        self.connections = 0

    async def start(self) -> None:
        """Listen on a free port of the loopback interface."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut everything and listen no more."""
        self.heal()
        if self._server:
            self._server.close()
            self._cut_all()
            await self._server.wait_closed()

    # ------------------------------------------------------------------ orders

    def cut_after_bytes(self, way: str, count: int) -> None:
        """Cut once so many more bytes have passed `UP` or `DOWN`."""
        self._bytes_left[way] = count

    def cut_at_ack(self, count: int, passes: bool) -> None:
        """Cut at the PUBACK number `count` from now, before it `passes` or behind it."""
        self._acks_left, self._ack_passes = count, passes

    def stall(self, *ways: str) -> None:
        """Pass nothing on, and keep the connection."""
        for way in ways:
            self._flowing[way].clear()

    def throttle(self, bytes_per_s: int) -> None:
        """Pass so much a second on, each way."""
        self._rate = bytes_per_s

    def away(self) -> None:
        """Cut everything, and refuse all that comes."""
        self._is_away = True
        self._cut_all()

    def heal(self) -> None:
        """Forget all orders."""
        self._is_away = False
        self._rate = self._acks_left = None
        for way, flowing in self._flowing.items():
            self._bytes_left[way] = None
            flowing.set()

    def _cut_all(self) -> None:
        for link in self._links:
            link.cut()

    # ------------------------------------------------------------------ bytes

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_away:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._to)
        except OSError:
            writer.transport.abort()
            return
        self.connections += 1
        link = _Link(writer, far_writer)
        self._links.append(link)
        try:
            await asyncio.gather(
                self._pump_up(reader, link), self._pump_down(far_reader, link, Splitter())
            )
        finally:
            link.cut()
            self._links.remove(link)

    async def _pump_up(self, reader: asyncio.StreamReader, link: _Link) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if not await self._pass(UP, chunk, link.far):
                    break
        link.cut()

    async def _pump_down(
        self, reader: asyncio.StreamReader, link: _Link, splitter: Splitter
    ) -> None:
        with contextlib.suppress(OSError):
            going = True
            while going and (chunk := await reader.read(_CHUNK)):
                for packet in splitter.feed(chunk):
                    is_last = is_puback(packet) and self._is_last_ack()
                    if is_last and not self._ack_passes:
                        going = False
                    else:
                        going = await self._pass(DOWN, packet, link.near) and not is_last
                    if not going:
                        break
        link.cut()

    def _is_last_ack(self) -> bool:
        self.acks += 1
        if self._acks_left is None:
            return False
        self._acks_left -= 1
        if self._acks_left > 0:
            return False
        self._acks_left = None
        return True

    async def _pass(self, way: str, chunk: bytes, to: asyncio.StreamWriter) -> bool:
        """Pass bytes on, as far as an order lets them; return whether the connection goes on."""
        await self._flowing[way].wait()
        left = self._bytes_left[way]
        goes_on = True
        if left is not None:
            goes_on = len(chunk) < left
            self._bytes_left[way] = left - len(chunk) if goes_on else None
            chunk = chunk[:left]
        to.write(chunk)
        await to.drain()
        if self._rate:
            await asyncio.sleep(len(chunk) / self._rate)
        return goes_on
