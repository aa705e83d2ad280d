"""The embedded broker: amqtt, in a process of its own, and the line to it that can be cut.

Place: gateway -> Backhaul -> broker -> platform. The platform sits beside the broker, as in a city;
the gateway reaches it over a backhaul.
Guarantee: a cut of the backhaul loses whatever bytes are on their way, at any byte; the broker
itself keeps running, because what a broker acknowledged and then lost is beyond the gateway.
"""

import asyncio
import contextlib
import sys

from tools.demonstration.errors import DemoError
from tools.rig.children import end_with_parent

START_TIMEOUT_S = 20.0


async def start_broker(port: int) -> asyncio.subprocess.Process:
    """Start amqtt on a port of the loopback interface and wait until it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tools.demonstration.embedded_broker",
        str(port),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us
        preexec_fn=end_with_parent,
    )
    for _ in range(int(START_TIMEOUT_S / 0.1)):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return process
        await asyncio.sleep(0.1)
    process.kill()
    raise DemoError(f"the embedded broker does not listen on port {port}; use BROKER=mqtt://…")


class Backhaul:
    """A TCP relay to the broker; `cut` ends all connections and refuses new ones."""

    def __init__(self, host: str, port: int):
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._up = True
        self.port = 0

    async def start(self) -> None:
        """Listen on a free port of the loopback interface."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Cut every connection in the middle of whatever it carries."""
        self._up = False
        for writer in self._writers:
            writer.transport.abort()

    def heal(self) -> None:
        """Let connections through again."""
        self._up = True

    async def stop(self) -> None:
        """Stop listening."""
        self.cut()
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._up:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._writers |= ends
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._writers -= ends


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass  # cut: the other direction ends the same way
    finally:
        writer.close()
