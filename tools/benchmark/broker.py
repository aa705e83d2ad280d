"""The broker between gateway and subscriber: mosquitto where there is one, else the embedded one.

Place: gateway -> here -> subscriber.
Guarantee: the result says which one it was, for a broker in Python needs ten times the CPU of one
in C, on the same cores as the gateway; neither drops a message because many wait.
"""

import asyncio
import contextlib
import shutil
import socket
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tools.benchmark.errors import BenchError
from tools.demonstration.broker import START_TIMEOUT_S, start_broker

_CONFIG = """listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 0
max_inflight_messages 0
persistence false
"""


@dataclass(frozen=True)
class Broker:
    """A broker that listens on loopback; `mqtt` is the version it speaks best."""

    name: str
    port: int
    mqtt: str
    process: asyncio.subprocess.Process

    async def stop(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        await self.process.wait()


def mosquitto() -> str | None:
    """Return the path of mosquitto; Debian puts it where only root's PATH looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def best_version() -> str:
    """Return the version of MQTT that the broker speaks which `start` would start."""
    return "3.1.1" if mosquitto() is None else "5"


async def start(folder: Path, port: int = 0) -> Broker:
    """Start one on a port, or on a free one, and wait until it listens."""
    port = port or free_port()
    program = mosquitto()
    if program is None:
        name = f"amqtt {version('amqtt')}, embedded"
        return Broker(name, port, best_version(), await start_broker(port))
    config = folder / "mosquitto.conf"
    config.write_text(_CONFIG.format(port=port), encoding="ascii")
    process = await _spawn(program, "-c", str(config))
    broker = Broker(await _name(program), port, best_version(), process)
    await _wait_for(broker)
    return broker


async def _wait_for(broker: Broker) -> None:
    for _ in range(int(START_TIMEOUT_S / 0.05)):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", broker.port)
            writer.close()
            return
        await asyncio.sleep(0.05)
    await broker.stop()
    raise BenchError(f"{broker.name} does not listen on port {broker.port}")


async def _name(program: str) -> str:
    """Return `mosquitto 2.0.11`, from the first line of its help."""
    process = await _spawn(program, "-h")
    said, _ = await process.communicate()
    words = said.decode(errors="replace").split("\n")[0].split()
    return " ".join(word for word in words if word != "version") or "mosquitto"


async def _spawn(*command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
