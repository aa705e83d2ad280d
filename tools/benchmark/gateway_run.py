"""One gateway between ports and a broker, with everything around it, started and stopped together.

    source process -> PTYs -> gateway process -> broker -> subscriber (this process)

Place: `gateway`, `backlog` -> here -> source, broker, process, subscriber.
Guarantee: where the machine has several cores the gateway has the first for itself, and nodes,
broker and subscriber share the others. Bounds and pauses are as they are where nobody sets them.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.benchmark import broker as brokers
from tools.benchmark import load
from tools.benchmark.broker import Broker
from tools.benchmark.errors import BenchError
from tools.benchmark.process import MeteredGateway
from tools.benchmark.site import Site
from tools.benchmark.subscriber import Subscriber

CITY = "bench"
_QUIET_S = 5.0
_START_S = 60.0
_LAST_LINES = 20
_CORES = sorted(os.sched_getaffinity(0))


class Source:
    """The process that plays the nodes; `ask` it, see `tools.benchmark.source`."""

    def __init__(self, process: asyncio.subprocess.Process):
        self._process = process

    @classmethod
    async def start(cls, folder: Path, ports: int, nodes: int, in_flight: int) -> "Source":
        """Start it and wait until its ports are there."""
        numbers = (str(number) for number in (ports, nodes, in_flight))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.benchmark.source", str(folder), *numbers),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**26,
        )
        source = cls(process)
        await source._answer()
        return source

    async def ask(self, *words: object) -> dict[str, Any]:
        """Give a command and wait for what it says."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        self._process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        line = await self._process.stdout.readline()
        if not line:
            raise BenchError("the process that plays the nodes ended; its words are above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def stop(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


class Run:
    """A gateway that is fed; use it with `async with`.

    `others` are addresses that are registered and say nothing. `broker_port` 0 starts a broker; any
    other is where one may be started later.
    """

    def __init__(
        self,
        folder: Path,
        nodes: int = load.NODES,
        in_flight: int = load.MOST_IN_FLIGHT,
        ports: int = 1,
        others: Iterable[int] = (),
        settings: dict[str, str] | None = None,
        broker_port: int = 0,
    ):
        self.folder = folder
        self._plan = (ports, nodes, in_flight)
        self._others = others
        self._settings = settings or {}
        self._broker_port = broker_port
        self._stack = contextlib.AsyncExitStack()
        self.broker: Broker | None = None
        self.startup_s = 0.0

    async def __aenter__(self) -> "Run":
        try:
            await self._enter()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        if error[0] is not None and self.gateway.log.exists():
            # The folder goes, and with it what the gateway said.
            lines = self.gateway.log.read_text(encoding="utf-8").splitlines()[-_LAST_LINES:]
            print("the gateway's last words:", *lines, sep="\n", file=sys.stderr)
        await self._stack.aclose()

    async def _enter(self) -> None:
        _stay_away()
        ports, nodes, in_flight = self._plan
        if not self._broker_port:
            await self.start_broker()
        self.source = await Source.start(self.folder, ports, nodes, in_flight)
        self._stack.push_async_callback(self.source.stop)
        paths = {f"port{i}": self.folder / f"port{i}" for i in range(ports)}
        mqtt = self.broker.mqtt if self.broker else brokers.best_version()
        port = self.broker.port if self.broker else self._broker_port
        self.site = Site(self.folder, CITY, port, mqtt, paths, self._settings)
        self.site.write()
        sending = range(load.FIRST_ID, load.FIRST_ID + nodes)
        await self.site.register((n, load.key_of(n)) for n in (*sending, *self._others))
        self.gateway = MeteredGateway(self.site.config)
        self._stack.push_async_callback(self.gateway.stop)

    async def start_broker(self) -> Broker:
        """Start a broker and subscribe; ended with everything else, or by `stop_broker`."""
        self.broker = broker = await brokers.start(self.folder, self._broker_port)
        self._stack.push_async_callback(broker.stop)
        self.subscriber = Subscriber(broker.port, CITY)
        await self.subscriber.start()
        self._stack.callback(self.subscriber.close)
        return broker

    async def stop_broker(self) -> None:
        """End the broker; the gateway is told to find the next one at the same port."""
        assert self.broker is not None  # noqa: S101 - there is one
        self.subscriber.close()
        await self.broker.stop()
        self._broker_port = self.broker.port

    async def start(self, says: bool = True) -> float:
        """Start the gateway; return the seconds until its first word was at the subscriber.

        `says`: there is a broker that brings it. Without one there is nothing to wait for.
        """
        begin_ns = time.monotonic_ns()
        await self.gateway.start()
        self.gateway.pin(_CORES[:1])
        if self.broker is None or not says:
            return 0.0
        self.subscriber.first_ns = 0
        while not self.subscriber.first_ns:
            self.gateway.check()
            if time.monotonic_ns() - begin_ns > _START_S * 1e9:
                raise BenchError(f"the gateway published nothing within {_START_S:g} s")
            await asyncio.sleep(0.002)
        return (self.subscriber.first_ns - begin_ns) / 1e9

    async def settle(self, samples: int) -> None:
        """Wait until so many samples are there, or nothing has come for a while."""
        wanted = samples * load.GROUPS
        seen, quiet_since = -1, time.monotonic()
        while self.subscriber.entries < wanted and time.monotonic() - quiet_since < _QUIET_S:
            self.gateway.check()
            if self.subscriber.entries != seen:
                seen, quiet_since = self.subscriber.entries, time.monotonic()
            await asyncio.sleep(0.005)


def _stay_away() -> None:
    """Leave the first core to the gateway: this process and what it starts use the others."""
    if len(_CORES) > 1:
        os.sched_setaffinity(0, _CORES[1:])
