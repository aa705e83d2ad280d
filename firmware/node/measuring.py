"""All sensors of a node at one moment, as the columns of a sample.

Place: sensors -> `measure` -> sampler, or the short wake.
Guarantee: a sensor that fails or hangs costs its own values only: the others go on, and its values
say FAULT.
"""

import asyncio

from protocol import quality as qualities
from protocol import quantities
from protocol._compat import const

_DAY_S = const(86400)
_TIMEOUT_S = 15  # the first reading of an SCD41 takes ten seconds


class Measuring:
    """`faults` counts readings that failed; `is_maintained`: somebody works on the node.

    `on_fault(text)` is told why a sensor begins to fail, once a day at most.
    """

    def __init__(self, sensors: list, on_fault=None):
        self.sensors = sensors
        self._on_fault = on_fault
        self.faults = 0
        self.faulty = 0  # bits: which sensors failed in the last sample
        self._told = 0  # bits: of which of these somebody knows
        self.is_maintained = False
        self.lead_s = max([sensor.lead_s for sensor in sensors] or [0])
        self.most_s = self.lead_s + _TIMEOUT_S * len(sensors)  # that a sample can take
        self.draw_ma = sum([sensor.draw_ma for sensor in sensors])
        # Some listen or count all the time: they keep their power.
        self.is_continuous = any(hasattr(sensor, "run") for sensor in sensors)
        # Looked up once: the registry is a text.
        found = [quantities.by_name(name) for sensor in sensors for name in sensor.quantities]
        self._ids = [quantity.qid for quantity in found]
        self._widths = [quantity.width for quantity in found]

    def state(self) -> list:
        """Return what has to outlive a sleep."""
        states = [sensor.state() for sensor in self.sensors]
        return [self.faults, self.faulty, self._told, states]

    def restore(self, state: list) -> None:
        """Go on as `state` said."""
        self.faults, self.faulty, self._told, states = state
        for i in range(len(self.sensors)):
            self.sensors[i].restore(states[i])

    def shape(self) -> tuple:
        """Return the quantity ids of these sensors in ascending order."""
        return tuple(sorted(self._ids))

    def prepare(self) -> None:
        """Let those sensors begin that need time before a sample."""
        for sensor in self.sensors:
            sensor.prepare()

    async def release(self) -> None:
        """Let all go to their lowest power that do not work between samples, and wait for it."""
        rest_s = 0
        for sensor in self.sensors:
            if not hasattr(sensor, "run"):
                sensor.release()
                rest_s = max(rest_s, sensor.rest_s)
        await asyncio.sleep(rest_s)

    async def measure(self, seconds: int, interval_s: int) -> tuple:
        """Return (columns, quality codes or None) of a sample taken now."""
        values = []
        codes = []
        faulty = 0
        for i in range(len(self.sensors)):
            sensor = self.sensors[i]
            results, why = await self._measure(sensor, seconds, interval_s)
            if any(code == qualities.FAULT for _, code in results):
                faulty |= 1 << i
                self._tell(i, why)
            for value, code in results:
                values.append(value)
                codes.append(code)
        self.faulty = faulty  # at once: a status may be told while a sensor takes its time
        if seconds % _DAY_S < interval_s:
            self._told &= faulty  # a loose contact must not fill the air with the same words
        columns, codes = self._in_order(values, codes)
        return columns, (codes if any(codes) else None)

    def _in_order(self, values: list, codes: list) -> tuple:
        """Return (flat columns, quality codes) by id; a histogram becomes several columns."""
        ids = self._ids
        columns = []
        ordered = []
        for i in sorted(range(len(ids)), key=lambda i: ids[i]):
            width = self._widths[i]
            if width == 1:
                columns.append(values[i])
            else:
                columns.extend(values[i] if values[i] is not None else [None] * width)
            ordered.append(codes[i])
        return columns, ordered

    async def _measure(self, sensor, seconds: int, interval_s: int) -> tuple:
        """Return (one (value, quality) for each quantity, why there is none) of any sensor."""
        wanted = len(sensor.quantities)
        why = "no value"
        try:
            results = await asyncio.wait_for(sensor.measure(seconds, interval_s), _TIMEOUT_S)
        except Exception as e:  # a driver may fail in any way; the others go on
            results = ()
            why = str(e) or type(e).__name__
        if len(results) != wanted:
            self.faults += 1
            return [(None, qualities.FAULT)] * wanted, why
        if self.is_maintained:
            results = [(v, max(code, qualities.MAINTENANCE)) for v, code in results]
        return [(v, qualities.FAULT if v is None else code) for v, code in results], why

    def _tell(self, i: int, why: str) -> None:
        bit = 1 << i
        if self._on_fault is not None and not self._told & bit:
            self._told |= bit
            self._on_fault(type(self.sensors[i]).__name__ + ": " + why)
