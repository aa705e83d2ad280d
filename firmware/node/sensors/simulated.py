"""The twins of the drivers: the raw signals of a street, for tests and boards without sensors.

Place: (seed, seconds) -> twin -> sensor class, which cannot tell it from a driver of hardware.
Those that give one value have a module of their own, `simulated_single`.
Guarantee: a twin's reading depends on the seed, the time and the speed-up alone (and, when told to
fail, on the number of the reading). Signals are computed as whole 64ths of their unit, which single
and double precision hold alike.

Not modelled: seasons, weekends, and what the twins of one street have to do with each other.
"""

import asyncio
from math import log10

from node.drivers.driver import Driver
from node.sensors.signals import ERROR, MISSING, STUCK, Faults, Signal, of_day, share
from node.sensors.speeds import SpeedClasses
from protocol._compat import const

_ALL_FAULTS = (ERROR, MISSING, STUCK)
_STREAM_FAULTS = (ERROR, MISSING)  # of what is counted over an interval, nothing can be stuck
_NAN = float("nan")

# Per hour of the day, from midnight.
_WARMTH_C = bytes((3, 2, 2, 1, 1, 0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 11, 11, 10, 9, 8, 6, 5, 4, 3))
_DUST_UG = bytes((5, 4, 4, 4, 5, 7, 11, 16, 15, 11, 8, 7, 7, 7, 8, 9, 12, 15, 16, 14, 11, 9, 7, 6))
_STREET_DB = bytes(
    (47, 45, 44, 44, 46, 51, 57, 61, 62, 61, 60, 60, 60, 60, 60, 61, 62, 62, 61, 60, 57, 54, 52, 49)
)
_TRAFFIC_10PH = bytes(  # in ten vehicles an hour
    (5, 3, 2, 2, 4, 14, 38, 74, 76, 52, 42, 40, 42, 43, 45, 52, 68, 82, 72, 52, 34, 24, 16, 9)
)

_DAY = const(86400)
_MOST_LEVELS = const(128)
_AT_ONCE = const(64)  # levels or vehicles; then the other tasks have their turn
_MOST_SLOTS = const(512)
_SHOTS = const(5)


class ClimateTwin(Driver):
    """A warm afternoon follows a cold night; the air dries as it warms; pressure wanders."""

    def __init__(self, seed: int, speedup: int = 1, fault_every: int = 0):
        self._signal = Signal(seed, 1, speedup)
        self._faults = Faults(fault_every, _ALL_FAULTS, seed)

    async def read(self, seconds: int) -> tuple:
        """Return (degrees C, %, hPa)."""
        return self._faults.spoil(self._read(self._signal.moment(seconds)), (_NAN, _NAN, _NAN))

    def _read(self, moment: int) -> tuple:
        signal = self._signal
        swing = of_day(_WARMTH_C, moment)
        weather = share(4 * 64, signal.drift(0, moment, 5 * _DAY))
        warmth = 9 * 64 + swing + weather + share(4, signal.jitter(1, moment))
        shower = share(6 * 64, signal.drift(2, moment, 21600))
        damp = 88 * 64 - 4 * swing - weather + shower + share(8, signal.jitter(3, moment))
        pressure = 1013 * 64 + share(14 * 64, signal.drift(4, moment, 2 * _DAY))
        pressure += share(4, signal.jitter(5, moment))
        return warmth / 64, min(max(damp, 15 * 64), 99 * 64) / 64, pressure / 64


class ParticlesTwin(Driver):
    """Two rush hours, on air that is cleaner or dustier for days."""

    def __init__(self, seed: int, speedup: int = 1, fault_every: int = 0):
        self._signal = Signal(seed, 2, speedup)
        self._faults = Faults(fault_every, _ALL_FAULTS, seed)

    async def read(self, seconds: int):
        """Return (PM2.5, PM10) in ug/m3; None: the fan stands still."""
        return self._faults.spoil(self._read(self._signal.moment(seconds)), None)

    def _read(self, moment: int) -> tuple:
        signal = self._signal
        fine = of_day(_DUST_UG, moment)
        fine += share(fine // 2, signal.drift(0, moment, 10800))
        fine += share(3 * 64, signal.drift(1, moment, 3 * _DAY))
        fine = max(fine + share(48, signal.jitter(2, moment)), 64)
        coarse = fine // 2 + share(fine // 4, signal.jitter(3, moment))
        return fine / 64, (fine + coarse) / 64


class NoiseTwin(Driver):
    """A street by night and day, and now and then something that roars past."""

    def __init__(self, seed: int, speedup: int = 1, fault_every: int = 0):
        self._signal = Signal(seed, 3, speedup)
        self._faults = Faults(fault_every, _STREAM_FAULTS, seed)

    async def summary(self, seconds: int, interval_s: int):
        """Return (LAeq, LAFmax, number of levels, overloads); None: the microphone is dead."""
        heard = await self._summary(self._signal.moment(seconds), self._signal.span_s(interval_s))
        return self._faults.spoil(heard, None)

    async def _summary(self, end: int, span_s: int) -> tuple:
        energy = 0.0
        loudest = 0
        count = 0
        for level in self._levels(end, span_s):
            energy += 10 ** (level / 10)
            loudest = max(loudest, level)
            count += 1
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return 10 * log10(energy / count), loudest, count, 0

    def _levels(self, end: int, span_s: int):
        step_s = (span_s + _MOST_LEVELS - 1) // _MOST_LEVELS
        for i in range(0, span_s, step_s):
            moment = end - i
            level = of_day(_STREET_DB, moment) + self._event(moment)
            yield (level + share(3 * 64, self._signal.jitter(0, moment))) / 64

    def _event(self, moment: int) -> int:
        """Return what a passing lorry or siren adds: a rise and a fall within 16 s."""
        slot = moment // 16
        luck = self._signal.dice(1, slot)
        if luck > 1400:
            return 0
        peak = 6 * 64 + luck % 1024
        return peak * (8 - abs(moment % 16 - 8)) // 8


class TrafficTwin(Driver):
    """Vehicles that come as they like, more of them in the rush hours, and slower then."""

    def __init__(self, seed: int, speedup: int = 1, fault_every: int = 0):
        self._signal = Signal(seed, 4, speedup)
        self._faults = Faults(fault_every, _STREAM_FAULTS, seed)

    async def counts(self, seconds: int, interval_s: int):
        """Return the twelve counts of the interval; None: the radar is dead."""
        passages = self._faults.spoil(self.passages(seconds, interval_s), None)
        return None if passages is None else await self._count(passages)

    async def _count(self, passages) -> list:
        classes = SpeedClasses()
        for i, speed in enumerate(passages):
            classes.add(speed)
            if i % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return classes.take()

    def passages(self, seconds: int, interval_s: int):
        """Return an iterator over speeds in km/h; what goes away from the radar is negative."""
        span_s = self._signal.span_s(interval_s)
        end = self._signal.moment(seconds)
        # Two vehicles in one lane are 2 s apart; longer slots only where an interval has too many.
        slot_s = max(2, (span_s + _MOST_SLOTS - 1) // _MOST_SLOTS)
        for slot in range((end - span_s) // slot_s, end // slot_s):
            density = of_day(_TRAFFIC_10PH, slot * slot_s)
            expected = density * slot_s // 45 * 64  # vehicles in the slot, times 2**15
            for i in range(expected + self._signal.dice(0, slot) >> 15):
                speed = self._speed(density, self._signal.dice(1 + i, slot)) / 64
                yield speed if self._signal.dice(64 + i, slot) & 1 else -speed

    def _speed(self, density: int, luck: int) -> int:
        # The sum of three throws is nearly normal: 9 km/h wide, and one in 128 drives far too fast.
        throws = (luck & 31) + (luck >> 5 & 31) + (luck >> 10)
        hurry = 45 * 64 if luck % 128 == 77 else 0
        return 52 * 64 - density // 9 + (throws - 46) * 36 + hurry


class PulseTwin(TrafficTwin):
    """The same vehicles, over a contact."""

    async def _count(self, passages) -> list:
        return [sum(await super()._count(passages))]


class WaterTwin(Driver):
    """A flood wave every few days, ripples, and echoes from what is not water."""

    def __init__(
        self, seed: int, speedup: int = 1, fault_every: int = 0, mount_height_m: float = 4.5
    ):
        self._signal = Signal(seed, 5, speedup)
        self._faults = Faults(fault_every, _ALL_FAULTS, seed)
        self._mount = int(mount_height_m * 1024)

    async def distance_m(self, seconds: int) -> tuple:
        """Return the distances of five shots in metres, None where the echo was lost."""
        return self._faults.spoil(self._shots(self._signal.moment(seconds)), (None,) * _SHOTS)

    def _shots(self, moment: int) -> tuple:
        # In whole 1024ths of a metre: about the millimetre that such sensors give.
        distance = self._mount - self._level(moment)
        luck = self._signal.dice(1, moment)
        return tuple(self._shot(distance, moment, i, luck) for i in range(_SHOTS))

    def _level(self, moment: int) -> int:
        wave = self._signal.drift(0, moment, 2 * _DAY) + 16384
        return 614 + (wave >> 5) * (wave >> 5) // 640

    def _shot(self, distance: int, moment: int, number: int, luck: int):
        if luck % 16 == number:
            return None
        if luck // 16 % 32 == number:
            return distance / 2048
        ripple = share(20, self._signal.jitter(2 + number, moment))
        return max(distance + ripple, 1) / 1024
