"""An SX1262 on the Pi's SPI: it listens, and sends answers when their nodes listen.

    chip -> Sx126x -> `_listen` -> ingest, with the way back
    answer -> Answers (account on disk, then its time) -> `_send_due` -> Sx126x -> chip

Place: wires -> firmware/radio's driver under its Recovery -> ingest, and back.
Guarantee: no answer outside the window of its node, none before its account is on disk, a bounded
number that wait. A chip that hangs or a wire that fails is started again with pauses that grow,
counted and logged; nothing raises.

It runs in the gateway's own loop, not in a thread: a frame takes some ten transfers of 0.1 ms, and
comes once in 40 ms at most. The longest wait is for a BUSY that stays high, 0.1 s, once for each
attempt to start, whose pauses grow to a minute. The disk is waited for in a thread.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from gateway.clock import Clock
from gateway.links.answers import LONGEST_FRAME, Answer, Answers
from gateway.links.config import Hat
from gateway.links.duty import Account, in_a_thread
from gateway.links.way import Air, quality_of
from gateway.links.wires import Wires, open_wires
from gateway.ratelimit import RateLimit
from protocol.lora import ANSWER_HZ, BANDWIDTH_HZ, CODING, PREAMBLE, SYNC_WORD, modulation
from radio.errors import NotReadyError
from radio.recovery import Recovery
from radio.sx126x import Sx126x

log = logging.getLogger("gateway.hat")

_PAUSE_FIRST_S = 0.25
_PAUSE_MAX_S = 10.0
_SAY_AGAIN_S = 0.05
_COUNTERS = ("crc_errors", "header_errors", "overruns", "overlong", "missed_irqs", "spurious")


class HatLink:
    """`on_frames(way back, [frame])` gets every frame; `folder` has the account of the duty cycle.

    `wires` opens SPI and lines, `store` writes the account.
    """

    kind = "hat"

    def __init__(
        self,
        settings: Hat,
        clock: Clock,
        on_frames: Callable[[Any, list[bytes]], None],
        folder: Path,
        wires: Callable[[Hat], Wires] = open_wires,
        store: Callable[..., Awaitable[None]] = in_a_thread,
    ):
        self.name = settings.name
        self.device = str(settings.spi)
        self.optional = settings.optional
        self._settings = settings
        self._on_frames = on_frames
        self._limit = RateLimit(log, clock)
        self._open_wires = wires
        path = folder / f"duty-{settings.spi.name}"
        dbm = settings.radio.downlink_dbm
        self._account = Account(path, dbm, settings.antenna_dbi, clock, store)
        self._wires: Wires | None = None
        self._radio: Recovery | None = None
        self._buffer = bytearray(LONGEST_FRAME)
        self._news = asyncio.Event()
        self._answers = Answers(self.name, self._account, self._limit, self._news.set)
        self._error = ""
        self._missed_irqs = 0
        self.frames = 0
        self.bytes_in = 0
        self.reconnects = 0

    @property
    def is_open(self) -> bool:
        """Say whether SPI and lines are ours."""
        return self._wires is not None

    @property
    def out_dropped(self) -> int:
        """Return how many answers found no room."""
        return self._answers.results["full"]

    @property
    def garbled(self) -> int:
        """Return how many frames came damaged."""
        if self._radio is None:
            return 0
        driver = self._radio.radio
        return driver.crc_errors + driver.header_errors + driver.overlong

    def open(self) -> None:
        """Take SPI and lines; OSError says why not. The chip is started later, and again."""
        settings = self._settings
        wires = self._open_wires(settings)
        driver = Sx126x(
            *(wires.spi, wires.cs, wires.reset, wires.busy, wires.dio1),
            tcxo_mv=settings.tcxo_mv,
            tcxo_ms=settings.tcxo_ms,
            dio2_switch=settings.dio2_switch,
            rx_pin=wires.rx,
            tx_pin=wires.tx,
            dcdc=settings.dcdc,
        )
        driver.set_framing(PREAMBLE, True, True, False, SYNC_WORD, 0)
        driver.set_power(settings.radio.downlink_dbm)
        self._wires, self._radio = wires, Recovery(driver)
        wait_s = self._account.load()
        if wait_s:
            text = "%s: the hour is used up, or its account is lost: all answers in %d minutes"
            log.warning(text, self.name, wait_s // 60 + 1)

    def close(self) -> None:
        """Give everything back; the chip is in reset then."""
        if self._wires is not None:
            self._wires.close()
            self._wires = None

    async def run(self) -> None:
        """Listen and answer, for ever."""
        await self._reopen()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run_radio())
            group.create_task(self._answers.book())

    async def _reopen(self) -> None:
        pause_s = _PAUSE_FIRST_S
        while self._wires is None:
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _PAUSE_MAX_S)
            try:
                self.open()
            except OSError as e:
                self._limit.warning("open", "%s: %s: %s", self.name, self.device, e)
                continue
            self.reconnects += 1
            log.warning("%s: %s is open", self.name, self.device)

    # ------------------------------------------------------------------ the radio

    async def _run_radio(self) -> None:
        """Listen, and between that send what is due: one task has the radio."""
        while True:
            ears = asyncio.create_task(self._listen())
            try:
                await self._until_due(ears)
            finally:
                await _stop(ears)
            if not ears.cancelled():
                ears.result()  # it ends by an exception only, and that is not ours to hide
            mouth = asyncio.create_task(self._send_due())
            try:
                await asyncio.wait([mouth])
            finally:
                await _stop(mouth)
            mouth.result()

    async def _until_due(self, ears: asyncio.Task[None]) -> None:
        while not ears.done():
            wait_s = self._answers.wait_s(_now_s())
            if wait_s == 0:
                return
            try:
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            except TimeoutError:
                return
            self._news.clear()

    async def _listen(self) -> None:
        assert self._radio is not None  # noqa: S101 - open before it runs
        self._tune(self._settings.radio.frequency_hz, self._settings.radio.sf)
        try:
            while True:
                try:
                    await self._radio.start()
                    self._say("")
                    count = await self._radio.receive_into(self._buffer)
                except NotReadyError as e:
                    self._say(self._radio.last_error)
                    await asyncio.sleep(e.wait_ms / 1000)
                    continue
                if count:
                    self._hear(bytes(self._buffer[:count]))
        finally:
            self._news.set()

    def _hear(self, frame: bytes) -> None:
        assert self._radio is not None and self._wires is not None  # noqa: S101 - it was heard
        driver, sf = self._radio.radio, self._settings.radio.sf
        at_s = self._wires.dio1.take_rise_s()
        if at_s is None:
            # The interrupt got lost. The first that does may have been ten seconds ago: a frame of
            # an unknown time gets no answer. From then on the driver asks the chip all the time.
            at_s = _now_s() if driver.missed_irqs == self._missed_irqs else -math.inf
        self._missed_irqs = driver.missed_irqs
        self.frames += 1
        self.bytes_in += len(frame)
        quality = quality_of(driver.frame_rssi_dbm, driver.frame_snr_db4, sf)
        answer = partial(self._answers.order, at_s, sf)
        self._on_frames(Air(self.name, quality, answer), [frame])

    def _tune(self, frequency_hz: int, sf: int) -> None:
        assert self._radio is not None  # noqa: S101 - open before it runs
        low_rate = modulation(sf).low_rate
        self._radio.radio.set_channel(frequency_hz, sf, BANDWIDTH_HZ, CODING, low_rate)

    async def _send_due(self) -> None:
        """Send the answers whose time has come."""
        while (answer := self._answers.pop_due(_now_s())) is not None:
            await self._send(answer)

    async def _send(self, answer: Answer) -> None:
        assert self._radio is not None  # noqa: S101 - open before it runs
        self._tune(ANSWER_HZ, answer.sf)
        try:
            await self._radio.send(answer.frame)
        except NotReadyError:
            self._say(self._radio.last_error)
            self._answers.end("no_radio")
            return
        self._answers.end("done")
        if answer.on_sent:
            answer.on_sent()

    def _say(self, error: str) -> None:
        if error != self._error:
            self._error = error
            self._limit.warning(f"radio {error}", "%s: radio: %s", self.name, error or "works")

    def status(self) -> dict[str, Any]:
        """Return what the status of the gateway says of this radio."""
        counters = {}
        if self._radio is not None:
            driver = self._radio.radio
            counters = {name: getattr(driver, name) for name in _COUNTERS}
            counters["restarts"] = self._radio.restarts
        radio = {
            "frequency_hz": self._settings.radio.frequency_hz,
            "sf": self._settings.radio.sf,
            "answers": dict(self._answers.results),
            "error": self._error,
            "duty": self._account.evidence(),
            "self": counters,
        }
        return {"radio": radio}


async def _stop(task: asyncio.Task[None]) -> None:
    """End a task that uses the driver.

    `asyncio.wait_for` of Python 3.11, on which the driver waits, passes over a cancellation that
    comes together with an interrupt. So it is said until it is heard.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_SAY_AGAIN_S)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
