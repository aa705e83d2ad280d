"""Builds the node in the order in which a reading passes through it.

Place: start -> here -> sensors, sampler, journal, session, uplink, link.
Guarantee: no part is made before what it needs. What is wrong with sensors or their profile costs
the measurements only: radio, commands and log go on, and `problem` says what it is.
"""

import random

import machine

from node import counters, files
from node.errors import NodeError
from node.health import Health
from node.journal import Journal
from node.led import Led
from node.maintenance import Maintenance
from node.measuring import Measuring
from node.memory import forget
from node.ports import Ports
from node.sampler import Sampler
from node.supervise import Supervisor
from node.uplink import Uplink
from node.version import VERSION
from protocol.ccm import Ccm
from protocol.envelope import TAG_RADIO, TAG_WIRE, Envelope
from protocol.node_session import NodeSession
from protocol.session import radio, wired

_COMMAND = "/state/command"  # of node.commands
_TRIAL = 1  # of node.settings
_MOUNT_FRAMES = 10


class Config:
    """What `node.config` has read and checked."""


class App:
    """All parts of one running node.

    `kept` is what it was before the deep sleep that has just ended, or None; `found` is what RTC
    memory held, also after another end: samples in it were in no journal yet.
    """

    def __init__(self, hardware, life, kept=None, found=None):
        config = self.config = _load_config()
        self.problem = config.problem or hardware.problem
        self.life = life
        self.boot = life.boot
        self.clock = life.clock
        self.led = Led(hardware.led)
        self.button = hardware.button
        self.maintenance = Maintenance(self.clock)
        link_uart = config.uart if config.link == "wired" else None
        self.ports = Ports(hardware.wires, machine, link_uart)
        self.measuring = Measuring([] if life.is_safe else self._sensors(), self._sensor_fails)
        self.journal = self._journal(kept)
        if found is not None:
            self._take_pending(found)
        build = self._air if config.link == "lora" else self._wire
        self.link, policy, self.tag_length = build(hardware)
        self.session = NodeSession(
            Envelope(Ccm(config.key), config.node, config.epoch, self.tag_length),
            counters.frame_counter(),
            self.journal,
            (self.boot, VERSION),
            _jitter,
            policy,
            self.link.may_send,
        )
        self.uplink = Uplink(self.session, self.link, self.clock, self.journal, self)
        self.sampler = None
        if self.measuring.sensors and config.measure:
            self.sampler = self._sampler()
        elif not config.measure:
            self.session.flush()
        watchdog = machine.WDT(timeout=1000 * config.watchdog_s)
        self.health = Health(self, life, watchdog, config.status_s, machine.reset_cause())
        self.supervisor = Supervisor(self.health.note, life)
        self.power = self._power(hardware, kept, found)

    def _sensors(self) -> list:
        """Return the sensors of the profile; none where it is wrong, or the board lacks a wire."""
        from node import sensors

        config = self.config
        try:
            if not config.profile["sensors"]:
                return []
            return sensors.build(config.profile, config.sensors, self.ports)
        except (NodeError, ValueError, KeyError, OSError) as e:  # the last: a port refuses pins
            self.problem = self.problem or "/profiles/%s.json: %s" % (config.profile_name, e)
            return []

    def _sensor_fails(self, text: str) -> None:
        self.life.recorder.append(text)
        self.health.note(text)

    def _journal(self, kept: dict | None) -> Journal:
        config = self.config
        more = {} if kept is None else {"kept": kept["journal"]}
        return Journal(
            "/journal",
            self.clock,
            self.boot,
            self.measuring.shape(),
            config.interval_s if kept is None else kept["interval_s"],
            config.journal_segments,
            **more,
        )

    def _take_pending(self, found: dict) -> None:
        from node import wake

        if found["ids"] != list(self.measuring.shape()):  # of another profile
            self.journal.dropped += len(found["pending"])
            found["pending"] = []
        wake.drain(found, self.journal)

    def _sampler(self) -> Sampler:
        sampler = Sampler(
            self.measuring,
            self.config.interval_s,
            self.clock,
            self.journal,
            self.uplink.sampled,
            self.ports.supply,
            self.maintenance.is_on,
        )
        self.uplink.on_time = sampler.clock_was_set
        return sampler

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

    def _power(self, hardware, kept: dict | None, found: dict | None):
        """Return what looks after the battery, or None on mains."""
        if self.config.power == "mains" or not self.life.ladder.may_sleep:
            return None
        from node.power import Power

        return Power(self, hardware, kept, found)

    async def _end_trial(self) -> None:
        from node import trial

        await trial.run(self.config.interval_s, self.life)

    async def _watch_button(self) -> None:
        from node import button

        pin = button.pin_of(self.button, machine)
        await button.run(pin, self.button["on"], self._note_mount)

    async def _note_mount(self) -> None:
        if self.uplink.on_link is None:  # else a command tests it already
            self.health.note(await self._test_mount(_MOUNT_FRAMES))

    def say_mount(self, frames: int) -> None:
        """Begin a mount test for somebody at the console; no battery node sleeps before its end."""
        self.uplink.background(self._say_mount(frames))

    async def _say_mount(self, frames: int) -> None:
        print("neckar: node %d tests its link" % self.config.node)
        try:
            text = await self._test_mount(frames)
        except NodeError as e:
            text = "refused: " + str(e)
        print("neckar: mount", text)

    async def _test_mount(self, frames: int) -> str:
        from node import mount

        text = await mount.test(self, frames)
        forget("node.mount")
        return text

    def settle(self, is_sound: bool) -> None:
        """Keep copies of the files that were of use; end a command that was cut off.

        `is_sound`: before the deep sleep that has just ended they were.
        """
        if not is_sound:
            from node import config

            try:
                config.keep_copies(self.config.source)
            except OSError:
                pass  # flash is full: the copies of an earlier start stay
        if files.read_bytes(_COMMAND) is not None:
            from node.commands import Commands

            Commands(self).resume()

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
        if self.power is not None:
            jobs.append(("power", self.power.run))
        if self.button is not None and self.config.power != "battery":
            jobs.append(("button", self._watch_button))
        if self.config.source == _TRIAL:
            jobs.append(("trial", self._end_trial))
        if self.sampler is None:
            return jobs
        jobs.append(("sampler", self.sampler.run))
        for sensor in self.measuring.sensors:
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
