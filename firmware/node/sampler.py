"""Samples on a schedule and gives each sample to the journal.

Place: sensors -> `measuring` -> Sampler -> journal; `uplink` is woken.
Guarantee: samples lie on whole multiples of the interval (of unix time once the clock is set), so
that the city's nodes measure at the same moments and a time costs six bits on the air. Sensors
that need time before a sample are given it, and the supply, and only then.
"""

import asyncio


class Sampler:
    """`journal.append` takes the samples; `on_sample()` is called after each.

    `supply(on)` switches what feeds the sensors; `is_marked()`: somebody works on the node.
    """

    def __init__(self, measuring, interval_s: int, clock, journal, on_sample, supply, is_marked):
        self.measuring = measuring
        self.interval_s = interval_s
        self._clock = clock
        self._journal = journal
        self._on_sample = on_sample
        self._supply = supply
        self._is_marked = is_marked
        self._prepared_ms = None  # uptime since when the sensors are on
        self.last_s = -1  # the slot that was sampled last
        self._is_unix = False
        self._is_sampling = False  # the slot is taken, the sample not kept yet
        self.samples = 0
        self.journal_errors = 0
        self.slack_ms = 500  # so late may a sample be, or a fiftieth of the interval
        self.sensing_ms = 0  # for which the sensors had power, in all
        self._clock_set = asyncio.Event()
        self._lock = asyncio.Lock()  # a command may want a measurement too

    async def run(self) -> None:
        """Sample for ever."""
        while True:
            await self.once()

    async def once(self) -> None:
        """Take the next sample when it is due."""
        await self._wait_for_slot()
        await self.sample()

    def wait_ms(self) -> int:
        """Return how long until the sensors are to be prepared for the next slot; 0: now.

        Also 0 while a sample is being taken.
        """
        now_ms = self._clock.now_ms()
        if self._is_sampling or self._prepared_ms is not None or self._is_slot(now_ms):
            return 0
        span_ms = 1000 * self.interval_s
        lead_ms = 1000 * self.measuring.lead_s
        return max(span_ms - now_ms % span_ms - lead_ms, 0)

    def _is_slot(self, now_ms: int) -> bool:
        """Say whether it is just past a multiple of the interval that was not sampled yet."""
        span_ms = 1000 * self.interval_s
        slack_ms = min(max(self.slack_ms, span_ms // 50), span_ms // 2)
        return now_ms % span_ms < slack_ms and now_ms // span_ms * self.interval_s != self.last_s

    async def _wait_for_slot(self) -> None:
        while True:
            now_ms = self._clock.now_ms()
            if self._is_slot(now_ms):
                self.last_s = now_ms // (1000 * self.interval_s) * self.interval_s
                # Kept with the slot: the clock may be set before the sensors have answered.
                self._is_unix = self._clock.is_set
                self._is_sampling = True
                return
            span_ms = 1000 * self.interval_s
            wait_ms = self.wait_ms()
            if wait_ms == 0:
                self.prepare()
                wait_ms = span_ms - now_ms % span_ms
            try:
                await asyncio.wait_for_ms(self._clock_set.wait(), wait_ms)
            except asyncio.TimeoutError:
                pass
            self._clock_set.clear()

    def clock_was_set(self) -> None:
        """Look for the next slot again: it may be another."""
        self._clock_set.set()

    def prepare(self) -> None:
        """Give the sensors power, and let those begin that need time."""
        if self._prepared_ms is None:
            self._prepared_ms = self._clock.uptime_ms()
            self._supply(True)
            self.measuring.prepare()

    async def sample(self) -> None:
        """Take one sample now and keep it."""
        try:
            columns, codes = await self.measure(self.last_s)
            self._journal.append(self.last_s, self._is_unix, columns, codes)
        except OSError:
            self.journal_errors += 1
            return
        finally:
            self._is_sampling = False
        self.samples += 1
        self._on_sample()

    async def measure(self, seconds: int) -> tuple:
        """Return (columns, codes) of all sensors, once they are ready, and let them go."""
        async with self._lock:
            self.prepare()
            measuring = self.measuring
            try:
                on_ms = self._clock.uptime_ms() - self._prepared_ms
                if on_ms < 1000 * measuring.lead_s:
                    await asyncio.sleep_ms(1000 * measuring.lead_s - on_ms)
                measuring.is_maintained = self._is_marked()
                return await measuring.measure(seconds, self.interval_s)
            finally:
                await self._release()

    async def _release(self) -> None:
        await self.measuring.release()
        if not self.measuring.is_continuous:
            self._supply(False)
        self.sensing_ms += self._clock.uptime_ms() - self._prepared_ms
        self._prepared_ms = None
