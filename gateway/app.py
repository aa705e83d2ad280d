"""Builds the gateway in the order in which a reading passes through it, and runs it.

Place: `__main__` -> here -> links, ingest, spool, publisher.
Guarantee: one TaskGroup owns all tasks; if one fails, all end and the process with them, for
systemd to start again: nothing runs on half. `stop` stores what was taken and says goodbye.
"""

import asyncio
import contextlib
import logging

import aiomqtt
import serial

from gateway import status
from gateway.clock import Clock
from gateway.config import Config
from gateway.errors import ConfigError, SpoolError
from gateway.ingest import Ingest
from gateway.links.serial_port import SerialLink
from gateway.publisher import Publisher
from gateway.spool import Spool
from gateway.worker import Worker

log = logging.getLogger("gateway")

_TRIM_S = 10


class App:
    """All parts of one running gateway; `run` until `stop`."""

    def __init__(self, config: Config, clock: Clock):
        self.config = config
        self.clock = clock
        self.started_s = clock.monotonic_s()
        self.worker = Worker()
        self.spool = Spool(
            config.spool.path,
            config.spool.max_mb * 2**20,
            int(config.spool.max_age_days * 86_400),
            int(config.spool.min_free_mb * 2**20),
        )
        topic, payload = status.offline(config.city, config.gateway)
        will = aiomqtt.Will(topic, payload, qos=1, retain=True)
        self.publisher = Publisher(
            config, self.spool, self.worker, clock, lambda: status.messages(self), will
        )
        self.ingest = Ingest(
            config.nodes,
            self.spool,
            self.worker,
            clock,
            self.publisher.wake,
            config.spool.commit_ms / 1000,
        )
        self.links = [SerialLink(port, clock, self.ingest.frame) for port in config.serial]
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask `run` to end in good order."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`; ConfigError where a port cannot be opened at the start."""
        await self.ingest.load()
        self._open_links()
        log.info("gateway %s is up: %d links", self.config.gateway, len(self.links))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(link.run(), name=link.name) for link in self.links]
                tasks.append(group.create_task(self.ingest.run(), name="ingest"))
                tasks.append(group.create_task(self.publisher.run(), name="publisher"))
                tasks.append(group.create_task(self._trim(), name="trim"))
                await self._stopping.wait()
                for task in tasks:
                    task.cancel()
        finally:
            await self._end()

    def _open_links(self) -> None:
        for i, link in enumerate(self.links):
            port = self.config.serial[i]
            try:
                link.open()
            except (serial.SerialException, OSError, ValueError) as e:
                if port.optional:
                    log.warning("%s: %s is not there yet", port.name, port.path)
                    continue
                raise ConfigError(f"serial[{i}].port", str(port.path), _wanted(port.path, e)) from e

    async def _trim(self) -> None:
        while True:
            try:
                losses = await self.worker.run(
                    self.spool.trim,
                    self.clock.unix_ms(),
                    self.clock.monotonic_s() - self.started_s,
                    self.publisher.in_flight,
                )
            except SpoolError as e:
                log.warning("cannot trim the spool: %s", e)
                losses = []
            for loss in losses:
                self.ingest.lost[loss.node, loss.epoch] += loss.last - loss.first + 1
            if losses:
                count = sum(x.last - x.first + 1 for x in losses)
                log.warning("spool is over its bounds: %d samples dropped", count)
            await asyncio.sleep(_TRIM_S)

    async def _end(self) -> None:
        for link in self.links:
            link.close()
        with contextlib.suppress(SpoolError):
            await self.ingest.commit()
        if self.publisher.connected:
            # A clean disconnect takes the last will away, so the gateway says it itself.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(2), self.publisher.broker() as broker:
                    await broker.deliver(
                        [status.offline(self.config.city, self.config.gateway)], retain=True
                    )
        self.worker.close()
        self.spool.close()
        log.info("gateway %s ended", self.config.gateway)


def _wanted(path: object, error: Exception) -> str:
    text = str(error)
    if "exclusively lock" in text or "Resource temporarily unavailable" in text:
        return f"a port that no other program holds (fuser {path} names it)"
    if "Permission denied" in text:
        return "a port this user may open (adduser USER dialout)"
    if "No such file" in text or "FileNotFound" in text:
        return "a serial port that is plugged in, or optional = true"
    return f"a serial port ({text})"
