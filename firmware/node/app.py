"""Builds the node in the order in which a reading passes through it.

Place: start -> here -> sensors, sampler, journal, session, uplink, link.
Guarantee: no part is made before what it needs.
"""

import random
import time

import machine

from node import counters, sampler, sensors
from node.clock import Clock
from node.health import Health
from node.journal import Journal
from node.supervise import Supervisor
from node.uplink import Uplink
from node.version import VERSION
from protocol.ccm import Ccm
from protocol.envelope import TAG_RADIO, TAG_WIRE, Envelope
from protocol.node_session import NodeSession
from protocol.session import radio, wired


class Config:
    """What `node.config` has read and checked."""


class App:
    """All parts of one running node."""

    def __init__(self, hardware):
        config = self.config = _load_config()
        self.boot = counters.count_boot()
        self.clock = Clock(time.ticks_ms)
        self.sensors = sensors.build(config.profile, config.sensors)
        self.journal = Journal(
            "/journal",
            self.clock,
            self.boot,
            sampler.shape(self.sensors),
            config.interval_s,
            config.journal_segments,
        )
        build = self._air if config.link == "lora" else self._wire
        self.link, policy, tag_length = build(hardware)
        self.session = NodeSession(
            Envelope(Ccm(config.key), config.node, config.epoch, tag_length),
            counters.frame_counter(),
            self.journal,
            (self.boot, VERSION),
            _jitter,
            policy,
            self.link.may_send,
        )
        if not config.measure:
            self.session.flush()
        self.uplink = Uplink(self.session, self.link, self.clock, self.journal)
        self.sampler = sampler.Sampler(
            self.sensors, config.interval_s, self.clock, self.journal, self.uplink.sampled
        )
        self.uplink.on_time = self.sampler.clock_was_set
        watchdog = machine.WDT(timeout=1000 * config.watchdog_s)
        self.health = Health(self, watchdog, config.status_s, machine.reset_cause())
        self.supervisor = Supervisor(self.health.note)

    def _wire(self, hardware) -> tuple:
        """Return (link, policy, length of tags) of a node on a cable."""
        from node.links.wired import WiredLink

        config = self.config
        uart = hardware.uart(config.uart, config.baud)
        return WiredLink(uart), wired(config.retry_max_ms), TAG_WIRE

    def _air(self, hardware) -> tuple:
        """Return the same of a node with a radio."""
        from node import air

        settings = air.Settings(self.config.radio)
        link = air.link(
            settings, hardware.driver, self.clock, self.boot, self.config.interval_s, _jitter
        )
        policy = radio(settings.every, settings.ask_every, backfill_ms=settings.backfill_ms)
        return link, policy, TAG_RADIO

    def title(self) -> str:
        """Return what the console shows of this node at its start."""
        config = self.config
        return "node %d profile %s boot %d" % (config.node, config.profile_name, self.boot)

    def jobs(self) -> list:
        """Return the tasks to supervise, as (name, function)."""
        jobs = [
            ("uplink", self.uplink.talk),
            ("downlink", self.uplink.listen),
            ("health", self.health.run),
        ]
        if not self.config.measure:
            return jobs
        jobs.append(("sampler", self.sampler.run))
        for sensor in self.sensors:
            if hasattr(sensor, "run"):
                jobs.append((type(sensor).__name__, sensor.run))
        return jobs


def _load_config() -> Config:
    from node import config as configs

    config = Config()
    configs.load(config)
    return config


def _jitter(span: int) -> int:
    # 30 bits: pauses of an hour are counted in ms, and more would be a heap object.
    return random.getrandbits(30) % span
