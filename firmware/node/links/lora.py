"""Frames over the air: waits for its turn, sends, and listens when something can come.

Place: session -> LoraLink -> protocol.access, radio ))) modem; answers back.
Guarantee: no frame leaves before the account of the duty cycle that holds it is in flash. A radio
that fails is started again by `radio.recovery`, meanwhile frames are refused with an OSError; the
session says again what matters.
"""

import asyncio

from node import files
from protocol._compat import const, ticks_add, ticks_diff
from protocol.lora import ANSWER_HZ, CODING, LISTEN_AFTER_MS, listen_until_ms
from radio.errors import NotReadyError

DUTY = "/state/duty"
ADAPTED = "/state/adapted"

_ENODEV = 19
_ENOSPC = 28
_LONGEST_FRAME = const(255)
_MOST_FRAMES = const(4)
_KEEP_S = const(300)  # so often the passing of time is stored while the duty cycle has no room

LONGEST = 128  # bytes of a frame; what is longer just waits less


class LoraLink:
    """`radio` is a Recovery; `jitter_ms` is the time between samples, over which nodes spread."""

    timeout_s = 60  # 24 s for others, and the longest frame

    def __init__(self, radio, access, adapt, clock, jitter_ms: int):
        self.radio = radio
        self.access = access
        self._adapt = adapt
        self._clock = clock
        self._jitter_ms = jitter_ms
        self._buffer = bytearray(_LONGEST_FRAME)
        self._frames = []
        self.dropped = 0
        self._keep_at_s = _KEEP_S
        self._told_restarts = 0
        self._is_resumed = False
        # Since somebody counted them; the last is with the radio asleep.
        self.sending_ms = self.listening_ms = self.waiting_ms = 0
        self._arrived = asyncio.Event()
        access.sf = adapt.sf

    async def start(self) -> None:
        """Look at once whether the radio works: whoever mounts the node reads the console."""
        if self._is_resumed:
            return  # it sleeps; the next frame starts it
        try:
            await self.radio.start()
            print("neckar: radio works")
        except NotReadyError as e:
            print("neckar: radio:", e)
        self.radio.sleep()

    # ------------------------------------------------------------------ before a frame

    def may_send(self, is_live: bool, now_ms: int) -> int | None:
        """Return how long the air lets the session wait; see NodeSession."""
        now_s = self._now_s()
        wait_ms = self.access.wait_ms(LONGEST, now_s, now_ms, is_live)
        if not self.access.is_full:
            return wait_ms
        if now_s >= self._keep_at_s:
            self._keep_at_s = now_s + _KEEP_S
            try:
                files.write_atomic(DUTY, self.access.waiting(now_s))
            except OSError:
                pass  # then a restart waits longer
        return wait_ms if wait_ms is None else min(wait_ms, 1000 * _KEEP_S)

    def spread(self, now_ms: int) -> None:
        """A sample has made a frame due, here and at every other node."""
        self.access.news(self._jitter_ms, now_ms)

    # ------------------------------------------------------------------ the frame

    async def send(self, frame: bytes) -> None:
        """Send one frame when the channel is free; OSError where it cannot go out."""
        access = self.access
        if access.begin(len(frame), self._now_s()) is None:
            raise OSError(_ENOSPC)
        try:
            await self._until_free()
            state = access.sending(len(frame), self._now_s())
            files.write_atomic(DUTY, state)
            self.sending_ms += access.channel.modulation.airtime_us(len(frame)) // 1000
            await self.radio.send(frame)
        except NotReadyError:
            raise OSError(_ENODEV)
        finally:
            self.radio.sleep()

    async def _until_free(self) -> None:
        settings = self.radio.radio
        settings.set_power(self._adapt.power_dbm)
        while True:
            self._tune(self.access.channel.frequency_hz)
            wait_ms = self.access.heard(await self.radio.detect())
            if not wait_ms:
                return
            self.radio.sleep()
            self.waiting_ms += wait_ms
            await asyncio.sleep_ms(wait_ms)

    def _tune(self, frequency_hz: int) -> None:
        how = self.access.channel.modulation
        self.radio.radio.set_channel(frequency_hz, how.sf, how.bandwidth_hz, CODING, how.low_rate)

    # ------------------------------------------------------------------ its answer

    async def hear_answer(self, is_waiting) -> None:
        """Listen in the window after a frame that asked, while `is_waiting()`.

        What comes first need not be the answer: others send there, and somebody may want it lost.
        """
        window_ms = listen_until_ms(self.access.channel.modulation) - LISTEN_AFTER_MS
        self.waiting_ms += LISTEN_AFTER_MS
        await asyncio.sleep_ms(LISTEN_AFTER_MS)
        self._tune(ANSWER_HZ)
        begin = self._clock.ticks()
        end = ticks_add(begin, window_ms)
        try:
            while is_waiting():
                left_ms = ticks_diff(end, self._clock.ticks())
                if left_ms <= 0 or not await self._hear_one(left_ms):
                    return
        except NotReadyError:
            pass  # the session asks again
        finally:
            self.listening_ms += ticks_diff(self._clock.ticks(), begin)
            self.radio.sleep()

    async def _hear_one(self, left_ms: int) -> bool:
        """Take one frame and let `receive` have it; say whether there was one."""
        count = await self.radio.receive_into(self._buffer, left_ms)
        if count:
            if len(self._frames) >= _MOST_FRAMES:
                self._frames.pop(0)
                self.dropped += 1
            self._frames.append(bytes(memoryview(self._buffer)[:count]))
            self._arrived.set()
            await asyncio.sleep_ms(1)  # whoever waits in `receive` looks at it now
        return count > 0

    async def receive(self) -> bytes:
        """Wait for the next frame that `hear_answer` has heard."""
        while not self._frames:
            self._arrived.clear()
            await self._arrived.wait()
        return self._frames.pop(0)

    # ------------------------------------------------------------------ what it tells

    def quality(self, link: tuple) -> None:
        """Take what the gateway said of our last frame: (RSSI, SNR, margin)."""
        self._adapt.heard(link[2])
        self._follow()
        try:
            files.write_atomic(ADAPTED, self._adapt.state())
        except OSError:
            pass  # the next start begins with the slowest, as a new node does

    def vain(self, count: int) -> None:
        """Take how many asks were in vain since the last answer."""
        self._adapt.vain(count)
        self._follow()

    def _follow(self) -> None:
        self.access.sf = self._adapt.sf

    def complaint(self) -> str | None:
        """Return once what was wrong with the radio, when it works again."""
        if self.radio.restarts == self._told_restarts:
            return None
        self._told_restarts = self.radio.restarts
        return "radio was down: " + self.radio.last_error

    def status(self) -> dict:
        """Return what a Status says of the radio."""
        radio = self.radio
        return {
            "radio_restarts": radio.restarts,
            "radio_missed_irqs": radio.radio.missed_irqs,
            "radio_crc_errors": radio.radio.crc_errors,
            "air_deferred": self.access.deferred,
            "air_forced": self.access.forced,
            "radio_sf": self._adapt.sf,
            "radio_power_dbm": self._adapt.power_dbm,
            "duty_%s_ms" % self.access.channel.band.name.lower(): self.access.left_ms(
                self._now_s()
            ),
        }

    def _now_s(self) -> int:
        return self._clock.least_s()

    def state(self, now_ms: int) -> list:
        """Return what has to outlive a deep sleep."""
        return [self.access.state(now_ms), self._adapt.asleep()]

    def restore(self, state: list, now_ms: int) -> None:
        """Go on as `state` said."""
        self.access.restore(state[0], now_ms)
        self._adapt.awake(state[1])
        self._is_resumed = True

    def was_spread(self) -> None:
        """A short wake has drawn the moment of the frame that is due."""
        self.access.spread()
        self._follow()
