"""How loud it is: the equivalent and the highest A-weighted level of an interval.

Place: driver.levels(seconds, interval_s) -> NoiseMeter -> sampler. A driver gives the short-term
levels (dBA, 8 a second at most) of the interval that ends at `seconds` one after the other, or None
when the microphone is dead; it may raise OSError.
Guarantee: levels in, two numbers out. There is no audio here, no level is kept, and the memory
needed does not depend on the interval.
"""

import asyncio
from math import log10

from node.sensors.readings import FAULT, Frozen, mark, scaled
from protocol import quality as qualities
from protocol import quantities
from protocol._compat import const

_RANGE = (30, 120)  # a MEMS microphone: its own noise, and where it overloads
_LOUDEST_DB = const(194)  # louder sound in air does not exist; also keeps 10**x in single precision
_PAUSE_EVERY = const(64)  # levels between two turns of the other tasks


class NoiseMeter:
    """`frozen_after` intervals with the very same energy, maximum and count are one too many."""

    quantities = ("laeq", "lamax")

    def __init__(self, driver, frozen_after: int = 4):
        self._driver = driver
        self._frozen = Frozen(frozen_after)
        self._scales = tuple(quantities.by_name(name).scale for name in self.quantities)

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return LAeq and LAmax of the interval that ends at `seconds`."""
        energy, loudest, count = await self._sum(self._driver.levels(seconds, interval_s))
        if not count:
            return [FAULT, FAULT]
        # Rounding must not lift the mean above the maximum.
        laeq = min(10 * log10(energy / count), loudest)
        readings = [
            scaled(laeq, self._scales[0], *_RANGE),
            scaled(loudest, self._scales[1], *_RANGE),
        ]
        if self._frozen.is_frozen((energy, loudest, count)):
            return mark(readings, qualities.FROZEN)
        return readings

    async def _sum(self, levels) -> tuple:
        """Return (sum of the energies, highest level, number of levels)."""
        energy = 0.0
        loudest = 0
        count = 0
        for level in levels or ():
            if not 0 <= level <= _LOUDEST_DB:
                continue  # a glitch of the driver, or not a number
            energy += 10 ** (level / 10)
            loudest = max(loudest, level)
            count += 1
            if count % _PAUSE_EVERY == 0:
                await asyncio.sleep(0)
        return energy, loudest, count
