"""Builds the modem and runs it.

    radio ))) ears -> port -> host        Heard
    host -> port -> orders -> radio       Send at its time, Tune; Done and State come back

Place: node.start builds it where /config.json says `"role": "modem"`.
Guarantee: it knows no key and keeps no frame. A host that sends nonsense, too much, or nothing,
that is unplugged or does not read, costs those frames and nothing else. A radio that fails is
started again; the host is told.
"""

import asyncio
import gc
import time

import machine

from node import fields, files
from node.links.lora import DUTY
from node.modem.orders import Orders
from node.modem.port import USB, Port
from node.supervise import Supervisor
from node.version import VERSION
from protocol import modem
from protocol._compat import const, ticks_add, ticks_diff
from protocol.airtime import sub_band
from protocol.duty import Ledger
from protocol.errors import DecodeError
from protocol.lora import BANDWIDTH_HZ, CODING, DEFAULT_SF, UPLINK_HZ, modulation
from radio.errors import NotReadyError
from radio.recovery import Recovery

_PATH = "/config.json"
_RULES = {
    "role": (str, None, 5, 5),
    "uart": (int, USB, USB, 2),
    "baud": (int, 115200, 1200, 2000000),
    "antenna_dbi": (int, 2, -10, 12),
    "state_s": (int, 60, 1, 3600),
    "watchdog_s": (int, 60, 5, 600),
}
_LONGEST_FRAME = const(255)


class Modem:
    """All parts of one running modem."""

    def __init__(self, hardware, life):
        config = self._config = fields.checked(_PATH, _RULES)
        self._life = life
        self._boot = life.boot
        self._clock = life.clock
        self._radio = Recovery(hardware.driver)
        ledger = Ledger.from_state(files.read_bytes(DUTY) or b"", 0)
        self._orders = Orders(ledger, config["antenna_dbi"], self._done)
        self._port = Port(hardware, config["uart"], config["baud"])
        self._frequency_hz = UPLINK_HZ
        self._sf = DEFAULT_SF
        self._is_retuned = False
        self._news = asyncio.Event()
        self._heard = 0
        self._state_at_s = 0
        self._state_due = asyncio.Event()
        self._buffer = bytearray(_LONGEST_FRAME)
        self._reset_cause = machine.reset_cause()
        self._watchdog = machine.WDT(timeout=1000 * config["watchdog_s"])
        self.supervisor = Supervisor(self._note, life)

    def title(self) -> str:
        """Return what the console shows of this modem at its start."""
        return "modem boot %d" % self._boot

    def jobs(self) -> list:
        """Return the tasks to supervise, as (name, function)."""
        return [
            ("radio", self._run_radio),
            ("host", self._hear_host),
            ("port", self._port.run),
            ("state", self._tell_state),
        ]

    # ------------------------------------------------------------------ the radio

    async def _run_radio(self) -> None:
        """Listen, and between that send what is due: one task has the radio."""
        while True:
            ears = asyncio.create_task(self._listen())
            try:
                await self._until_due(ears)
            finally:
                ears.cancel()
            try:
                await ears
            except asyncio.CancelledError:
                pass
            order = self._orders.pop_due(time.ticks_ms())
            if order is not None:
                await self._carry_out(order)

    async def _until_due(self, ears) -> None:
        while not ears.done() and not self._is_retuned:
            wait_ms = self._orders.wait_ms(time.ticks_ms())
            if wait_ms == 0:
                return
            try:
                await asyncio.wait_for_ms(self._news.wait(), wait_ms)
            except asyncio.TimeoutError:
                pass
            self._news.clear()
        self._is_retuned = False

    async def _listen(self) -> None:
        try:
            await self._take_frames()
        finally:
            self._news.set()  # whoever waits for an order must know

    async def _take_frames(self) -> None:
        self._tune(self._frequency_hz, self._sf)
        while True:
            try:
                count = await self._radio.receive_into(self._buffer)
            except NotReadyError as e:
                self._tell_soon()
                await asyncio.sleep_ms(e.wait_ms + 1)
                continue
            if count:
                self._hear(count)

    def _hear(self, count: int) -> None:
        driver = self._radio.radio
        age_ms = ticks_diff(time.ticks_us(), driver.frame_ticks_us) // 1000
        stamp_ms = ticks_add(time.ticks_ms(), -age_ms)
        frame = bytes(memoryview(self._buffer)[:count])
        self._heard += 1
        self._port.say(
            modem.Heard(
                stamp_ms,
                self._frequency_hz,
                self._sf,
                driver.frame_rssi_dbm,
                driver.frame_snr_db4,
                frame,
            )
        )

    async def _carry_out(self, order) -> None:
        now_s = self._now_s()
        if self._radio.radio.set_power(order.power_dbm) > order.power_dbm:
            self._orders.finish(order, modem.NOT_ALLOWED)  # it cannot be so quiet
            return
        if not self._orders.book(order, now_s):
            return
        self._tune(order.frequency_hz, order.sf)
        result = modem.DONE
        try:
            await self._radio.send(order.frame)
        except NotReadyError:
            result = modem.NO_RADIO
        self._orders.finish(order, result, now_s)

    def _tune(self, frequency_hz: int, sf: int) -> None:
        low_rate = modulation(sf).low_rate
        self._radio.radio.set_channel(frequency_hz, sf, BANDWIDTH_HZ, CODING, low_rate)

    # ------------------------------------------------------------------ the host

    async def _hear_host(self) -> None:
        while True:
            record = await self._port.record()
            try:
                message = modem.decode(record)
            except DecodeError:
                self._port.refuse()
                continue
            if isinstance(message, modem.Send):
                self._orders.order(message, time.ticks_ms())
                self._news.set()
            elif isinstance(message, modem.Tune):
                self._retune(message)
            else:
                self._port.refuse()  # what a modem says

    def _retune(self, tune) -> None:
        result = modem.DONE
        try:
            modulation(tune.sf)
            sub_band(tune.frequency_hz, BANDWIDTH_HZ)
            if (tune.frequency_hz, tune.sf) != (self._frequency_hz, self._sf):
                self._frequency_hz = tune.frequency_hz
                self._sf = tune.sf
                self._is_retuned = True
                self._news.set()
        except ValueError:
            result = modem.NOT_ALLOWED
        self._done(tune.id, result, 0, None)

    def _done(self, id: int, result: int, airtime_ms: int, left_ms) -> None:
        self._port.say(modem.Done(id, result, airtime_ms, left_ms))

    def _note(self, text: str) -> None:
        self._tell_soon()

    def _tell_soon(self) -> None:
        self._state_at_s = 0
        self._state_due.set()

    async def _tell_state(self) -> None:
        """Say how it is, now and then, and feed the watchdog while tasks run."""
        step_ms = min(250 * self._config["watchdog_s"], 1000 * self._config["state_s"])
        while True:
            self._watchdog.feed()
            now_s = self._now_s()
            if now_s >= self._state_at_s:
                self._life.ladder.healthy()
                self._state_at_s = now_s + self._config["state_s"]
                error = "" if self._radio.is_up else self._radio.last_error[:60]
                duty = self._orders.evidence(now_s)
                self._port.say(modem.State(VERSION, error, self._fields(now_s), duty))
            try:
                await asyncio.wait_for_ms(self._state_due.wait(), step_ms)
            except asyncio.TimeoutError:
                pass
            self._state_due.clear()

    def _fields(self, now_s: int) -> dict:
        driver = self._radio.radio
        gc.collect()
        state = {
            "uptime_s": now_s,
            "boot": self._boot,
            "reset_cause": self._reset_cause,
            "heap_free": gc.mem_free(),
            "frequency_hz": self._frequency_hz,
            "sf": self._sf,
            "heard": self._heard,
            "restarts": self._radio.restarts,
            "garbled": self._port.garbled,
            "dropped": self._port.dropped,
        }
        for name in ("crc_errors", "header_errors", "overruns", "overlong", "missed_irqs"):
            state[name] = getattr(driver, name)
        state.update(self._orders.counts)
        return state

    def _now_s(self) -> int:
        return self._clock.uptime_ms() // 1000
