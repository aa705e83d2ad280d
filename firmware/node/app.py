"""Builds the node in the order in which a reading passes through it, and runs it.

Place: main.py -> here -> sensors, sampler, journal, session, uplink, link.
Guarantee: a node that cannot start says why on its console and resets after a minute, so that a
fault that passes does not keep it silent.
"""

import asyncio
import gc
import random
import sys
import time

import machine

from node import config as configs
from node import counters, sampler, sensors
from node.clock import Clock
from node.errors import NodeError
from node.health import Health
from node.journal import Journal
from node.links.wired import WiredLink
from node.supervise import Supervisor
from node.uplink import Uplink
from node.version import VERSION
from protocol.ccm import Ccm
from protocol.envelope import TAG_WIRE, Envelope
from protocol.node_session import NodeSession
from protocol.session import wired


class App:
    """All parts of one running node."""

    def __init__(self, config):
        self.config = config
        self.boot = counters.count_boot()
        self.clock = Clock(time.ticks_ms)
        self.sensors = sensors.build(config.profile, config.sensor_options)
        self.journal = Journal(
            "/journal",
            self.clock,
            self.boot,
            sampler.shape(self.sensors),
            config.interval_s,
            config.journal_segments,
        )
        self.session = self._session()
        uart = machine.UART(config.uart, baudrate=config.baud)
        self.link = WiredLink(uart)
        self.uplink = Uplink(self.session, self.link, self.clock, self.journal)
        self.sampler = sampler.Sampler(
            self.sensors, config.interval_s, self.clock, self.journal, self.uplink.wake
        )
        watchdog = machine.WDT(timeout=1000 * config.watchdog_s)
        self.health = Health(self, watchdog, config.status_s, machine.reset_cause())
        self.supervisor = Supervisor(self.health.note)

    def _session(self):
        config = self.config
        return NodeSession(
            Envelope(Ccm(config.key), config.node, config.epoch, TAG_WIRE),
            counters.frame_counter(),
            self.journal,
            (self.boot, VERSION),
            _jitter,
            wired(config.retry_max_ms),
        )

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


def _jitter(span: int) -> int:
    return random.getrandbits(16) % span


def main() -> None:
    """Run the node for ever."""
    gc.collect()
    try:
        app = App(configs.load())
    except Exception as e:  # also of memory or of a wrong type: never a silent board
        print("neckar: cannot start:", e)
        if not isinstance(e, NodeError):
            sys.print_exception(e)
        time.sleep(60)
        machine.reset()
    gc.collect()
    print("neckar: node", app.config.node, "profile", app.config.profile_name, "boot", app.boot)
    print("neckar: heap", gc.mem_free())
    try:
        asyncio.run(app.supervisor.run_all(app.jobs()))
    finally:
        asyncio.new_event_loop()
