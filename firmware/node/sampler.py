"""Reads the sensors on a schedule and gives each sample to the journal.

Place: sensors -> Sampler -> journal; `uplink` is woken.
Guarantee: samples lie on whole multiples of the interval (of unix time once the clock is set), so
that the city's nodes measure at the same moments and a time costs six bits on the air. A sensor
that fails or hangs costs its own values only: the others go on, and the value says FAULT.
"""

import asyncio

from protocol import quality as qualities
from protocol import quantities

_TIMEOUT_S = 5


class Sampler:
    """`journal.append` takes the samples; `on_sample()` is called after each."""

    def __init__(self, sensors, interval_s: int, clock, journal, on_sample):
        self._sensors = sensors
        self._interval_s = interval_s
        self._clock = clock
        self._journal = journal
        self._on_sample = on_sample
        self._last_s = -1
        self._is_unix = False
        self.samples = 0
        self.faults = 0
        self.journal_errors = 0
        self._clock_set = asyncio.Event()

    async def run(self) -> None:
        """Sample for ever."""
        while True:
            await self._wait_for_slot()
            await self.sample()

    async def _wait_for_slot(self) -> None:
        """Sleep until the next multiple of the interval that was not sampled yet."""
        span_ms = self._interval_s * 1000
        while True:
            now_ms = self._clock.now_ms()
            slot_s = now_ms // span_ms * self._interval_s
            if now_ms % span_ms < min(max(500, span_ms // 50), span_ms // 2) and (
                slot_s != self._last_s
            ):
                self._last_s = slot_s
                # Kept with the slot: the clock may be set before the sensors have answered.
                self._is_unix = self._clock.is_set
                return
            try:
                await asyncio.wait_for_ms(self._clock_set.wait(), span_ms - now_ms % span_ms)
            except asyncio.TimeoutError:
                pass
            self._clock_set.clear()

    def clock_was_set(self) -> None:
        """Look for the next slot again: it may be another."""
        self._clock_set.set()

    async def sample(self) -> None:
        """Take one sample now and keep it."""
        ids = []
        values = []
        codes = []
        for sensor in self._sensors:
            results = await self._measure(sensor)
            for name, (value, code) in zip(sensor.quantities, results):
                ids.append(quantities.by_name(name).qid)
                values.append(value)
                codes.append(code)
        columns, codes = in_order(ids, values, codes)
        try:
            codes = codes if any(codes) else None
            self._journal.append(self._last_s, self._is_unix, columns, codes)
        except OSError:
            self.journal_errors += 1
            return
        self.samples += 1
        self._on_sample()

    async def _measure(self, sensor) -> list:
        """Return one (value, quality) for each quantity, whatever the sensor does."""
        wanted = len(sensor.quantities)
        try:
            results = await asyncio.wait_for(
                sensor.measure(self._last_s, self._interval_s), _TIMEOUT_S
            )
        except Exception:  # a driver may fail in any way; the others go on
            results = ()
        if len(results) != wanted:
            self.faults += 1
            return [(None, qualities.FAULT)] * wanted
        return [(v, qualities.FAULT if v is None else code) for v, code in results]


def shape(sensors) -> tuple:
    """Return the quantity ids of these sensors in ascending order."""
    return tuple(sorted(quantities.by_name(n).qid for s in sensors for n in s.quantities))


def in_order(ids: list, values: list, codes: list) -> tuple:
    """Return (flat columns, quality codes) ordered by id; a histogram becomes several columns."""
    columns = []
    ordered = []
    for i in sorted(range(len(ids)), key=lambda i: ids[i]):
        width = quantities.by_id(ids[i]).width
        if width == 1:
            columns.append(values[i])
        else:
            columns.extend(values[i] if values[i] is not None else [None] * width)
        ordered.append(codes[i])
    return columns, ordered
