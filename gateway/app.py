"""Builds the gateway in the order in which a reading passes through it, and runs it.

Place: `cli.run` -> here -> links, ingest, spool, publisher.
Guarantee: one TaskGroup owns all tasks; if one fails, all end and the process with them, for
systemd to start again: nothing runs on half. `stop` stores what was taken and says goodbye.
"""

import asyncio
import contextlib
import gc
import logging
import os
import sys
from typing import Any

import aiomqtt

from gateway import status
from gateway.clock import Clock
from gateway.commands.budget import free_fraction
from gateway.commands.commands import Commands
from gateway.commands.directory import RegistryDirectory
from gateway.commands.intake import Limits
from gateway.config import Config
from gateway.daily import Daily
from gateway.errors import ConfigError, GatewayError, SpoolError
from gateway.health import Health
from gateway.ingest import Ingest
from gateway.links.config import Radio
from gateway.links.opening import make_links, open_links
from gateway.notify import Notifier
from gateway.places import Places
from gateway.publisher import Publisher
from gateway.registry.gateway_key import read_private
from gateway.registry.registry import Registry
from gateway.security import SecurityLog
from gateway.seeing import Seeing
from gateway.spool import Spool
from gateway.transaction import lock
from gateway.worker import Worker
from protocol.gateway_session import GatewaySession
from protocol.lora import DEFAULT_SF

log = logging.getLogger("gateway")

_TRIM_S = 10
_TICK_S = 1.0
# What frames leave behind is counted, not circular: the collector need not look at it all the time.
_COLLECT_AFTER = 50_000, 50, 100
_SWITCH_S = 0.001  # how long the disk's thread may wait for the interpreter when frames rain


class App:
    """All parts of one running gateway; `run` until `stop`."""

    def __init__(self, config: Config, clock: Clock):
        self.config = config
        self.clock = clock
        self.started_s = clock.monotonic_s()
        self._lock = lock(config.spool.path)
        self.worker = Worker()
        self.security = SecurityLog(clock)
        key_file = config.registry.key_file
        self.registry = Registry(config.registry.path, read_private(key_file) if key_file else None)
        self.places = Places(self.registry)
        self.spool = Spool(
            config.spool.path,
            config.spool.max_mb * 2**20,
            int(config.spool.max_age_days * 86_400),
            int(config.spool.min_free_mb * 2**20),
        )
        self.commands = self._commands()
        topic, payload = status.offline(config.city, config.gateway)
        self.publisher = Publisher(
            config,
            self.spool,
            self.worker,
            clock,
            self.places.where,
            (status.Statuses(self), Daily(self)),
            aiomqtt.Will(topic, payload, qos=1, retain=True),
            self.commands,
        )
        self.ingest = Ingest(
            self.registry,
            self.spool,
            self.worker,
            clock,
            self.publisher.segments,
            config.spool.commit_ms / 1000,
            config.late_after_s,
            self.commands,
            self.security.event,
            lambda: self.publisher.live.is_behind,
        )
        self.ingest.answering.waits = _ears(config) > 1
        folder = config.spool.path.parent
        self.links = make_links(
            config.serial, config.udp, config.hat, clock, self.ingest.frames, folder
        )
        self.seeing = Seeing(self)
        self.notifier = Notifier(os.environ, clock)
        self._stopping = asyncio.Event()

    def _commands(self) -> Commands:
        config = self.config
        return Commands(
            config.commands.path,
            self.clock,
            RegistryDirectory(config.registry.path, self.registry.find),
            config.city,
            Limits(config.commands.max_queued, config.commands.default_expiry_s),
            self._session_of,
            budget=lambda: free_fraction(self.links),
            security=self._tell_of_command,
            answer_sf=max([radio.sf for radio in _radios(config)], default=DEFAULT_SF),
        )

    def _tell_of_command(self, kind: str, fields: dict[str, Any]) -> None:
        self.security.event(kind, fields.pop("address", None), "mqtt", **fields)

    def _session_of(self, address: int) -> GatewaySession | None:
        peer = self.ingest.peers.get(address)
        return peer.session if peer else None

    @property
    def health(self) -> Health:
        """Return what says whether all is well."""
        return self.seeing.health

    def stop(self) -> None:
        """Ask `run` to end in good order."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`; GatewayError where a link cannot be opened at the start."""
        try:
            open_links(self.links)
        except ConfigError as e:  # a port may come later: systemd tries again, unlike for exit 2
            raise GatewayError(str(e)) from e
        gc.freeze()
        gc.set_threshold(*_COLLECT_AFTER)
        sys.setswitchinterval(_SWITCH_S)
        log.info("gateway %s is up: %d links", self.config.gateway, len(self.links))
        self.notifier.ready()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(link.run(), name=link.name) for link in self.links]
                tasks.append(group.create_task(self.ingest.run(), name="ingest"))
                tasks.append(group.create_task(self.publisher.run(), name="publisher"))
                tasks.append(group.create_task(self.seeing.run(), name="seeing"))
                tasks.append(group.create_task(self._tick(), name="tick"))
                tasks.append(group.create_task(self._trim(), name="trim"))
                await self._stopping.wait()
                for task in tasks:
                    task.cancel()
        finally:
            self.notifier.stopping()
            await self._end()

    async def _tick(self) -> None:
        """Each second: what the registry and the command line changed, and a sign of life."""
        while True:
            await asyncio.sleep(_TICK_S)
            try:
                changed = self.registry.changed()
            except GatewayError as e:
                log.warning("cannot read the registry: %s", e)
                changed = set()
            if changed:
                self.places.forget(changed)
                self.ingest.renew(changed)
            self.commands.tick()
            if not self.health.is_stalled:
                self.notifier.alive()

    async def _trim(self) -> None:
        while True:
            try:
                await self.publisher.settle()
                losses = await self.worker.run(
                    self.spool.trim,
                    self.clock.unix_ms(),
                    self.clock.monotonic_s() - self.started_s,
                    *self.publisher.on_its_way(),
                )
            except SpoolError as e:
                log.warning("cannot trim the spool: %s", e)
                losses = []
            for loss in losses:
                self.ingest.add_loss(loss)
            if losses:
                count = sum(x.last - x.first + 1 for x in losses)
                log.warning("spool is over its bounds: %d samples dropped", count)
            await asyncio.sleep(_TRIM_S)

    async def _end(self) -> None:
        for link in self.links:
            link.close()
        with contextlib.suppress(SpoolError):
            await self.ingest.commit()
            await self.publisher.settle()
        if self.publisher.connected:
            # A clean disconnect takes the last will away, so the gateway says it itself.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(2), self.publisher.broker() as broker:
                    await broker.deliver(
                        [status.offline(self.config.city, self.config.gateway)], retain=True
                    )
        self.worker.close()
        self.commands.close()
        self.registry.close()
        self.spool.close()
        self._lock.close()
        log.info("gateway %s ended", self.config.gateway)


def _ears(config: Config) -> int:
    """Return how many radios may hear the same frame."""
    return len(_radios(config)) + sum(len(port.concentrators) for port in config.udp)


def _radios(config: Config) -> list[Radio]:
    """Return the radios of modems and HATs; concentrators hear every spreading factor."""
    modems = [port.radio for port in config.serial if port.radio]
    return modems + [hat.radio for hat in config.hat]
