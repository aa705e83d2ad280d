"""Frames over a UART, as COBS records.

Place: session -> WiredLink ))) gateway.
Guarantee: `receive` returns whole frames only; noise is counted by the reader, never raised.
"""

import asyncio

from protocol.stream import RecordReader, to_record


class WiredLink:
    """`uart` is a `machine.UART` or any stream of the same face.

    Its gateway hears all at once: nothing waits for the air, and answers come at any time.
    """

    timeout_s = 10
    may_send = None
    sending_ms = listening_ms = waiting_ms = 0  # of a radio

    def __init__(self, uart):
        self._in = asyncio.StreamReader(uart)
        self._out = asyncio.StreamWriter(uart, {})
        self._frames = []
        self._buffer = bytearray(128)
        self.reader = RecordReader()

    async def receive(self) -> bytes:
        """Wait for the next frame."""
        while not self._frames:
            count = await self._in.readinto(self._buffer)
            if not count:  # nobody at the other end of the cable: look again, do not spin
                await asyncio.sleep_ms(100)
                continue
            self._frames.extend(self.reader.feed(memoryview(self._buffer)[:count]))
        return self._frames.pop(0)

    async def start(self) -> None:
        """A wire works or does not: it cannot be told from this end."""

    def complaint(self) -> None:
        """The same."""

    def spread(self, now_ms: int) -> None:
        """Nobody else is on this wire."""

    async def hear_answer(self, is_waiting) -> None:
        """`receive` hears it."""

    def quality(self, link: tuple) -> None:
        """A wire has no settings that depend on it."""

    def vain(self, count: int) -> None:
        """The same."""

    def state(self, now_ms: int) -> None:
        """Nothing of it has to outlive a deep sleep."""

    def restore(self, state, now_ms: int) -> None:
        """The same."""

    def was_spread(self) -> None:
        """Nobody else is on this wire."""

    def status(self) -> dict:
        """Return nothing to say."""
        return {}

    async def send(self, frame: bytes) -> None:
        """Send one frame; a zero before it ends whatever noise came first."""
        try:
            self._out.write(b"\x00" + to_record(frame))
            await self._out.drain()
        finally:
            # Given up in the middle: what is left would pile up before the next frame.
            self._out.out_buf = b""
