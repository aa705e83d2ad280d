"""Fine dust by a Sensirion SPS30 on I2C.

Place: ports -> Sps30 -> Particles.
Guarantee: a reading is younger than a second, or than the ten of a fan cleaning. A fan or laser
that failed gives None. Section numbers: SPS30 data sheet, version 1.0 of March 2020.
"""

import asyncio
from struct import unpack

from node.drivers.sensirion import Sensirion
from protocol._compat import const

_START = const(0x0010)
_FLOATS = const(0x0300)
_STOP = const(0x0104)
_DATA_READY = const(0x0202)
_READ = const(0x0300)
_SLEEP = const(0x1001)
_WAKE_UP = const(0x1103)
_CLEAN = const(0x5607)
_VERSION = const(0xD100)
_STATUS = const(0xD206)
_CLEAR_STATUS = const(0xD210)

_HAS_STATUS = const(0x0202)  # firmware 2.2 (table 8)
_FAILED = const(0x30)  # laser, fan (4.4); a fan that is slow or fast is a warning only
_WEEK_S = const(604800)
_HOUR_S = const(3600)
_SETTLE_S = 0.025  # starting and stopping take up to 20 ms (table 8), and ticks are coarse


class Sps30(Sensirion):
    """The fan runs from `start` to `stop`; both need 0.2 s of the event loop for what
    they begin.

    The chip cleans its fan once a week, but forgets the time with its supply (4.2). So here it is
    cleaned with every sample in the first hour of a week (of the clock); `read` then takes 11 s.
    """

    lead_s = 31  # it takes 30 s from the start until the air is stable (table 1), and some to wake
    draw_ma = 55  # table 2
    rest_s = 0.3  # to stop and fall asleep

    def __init__(self, ports, address: int = 0x69):
        super().__init__(ports, address)
        self._version = 0

    def start(self) -> None:
        """Wake it, and start fan and laser."""
        self._background(self._begin())

    async def read(self, seconds: int):
        """Return (PM2.5, PM10) in ug/m3, or None where fan or laser failed."""
        if self._steps:
            await self._steps
            self._steps = None
        if not self._version:
            self._version = unpack(">H", await self._fetch(_VERSION, 1))[0]
        if self._version >= _HAS_STATUS and (await self._fetch(_STATUS, 2))[3] & _FAILED:
            return None
        await self._ready()
        # PM1, PM2.5, PM4, PM10. The numbers of particles would follow; a master may end any read.
        _, fine, _, coarse = unpack(">ffff", await self._fetch(_READ, 8))
        if seconds % _WEEK_S < _HOUR_S and self._try(_CLEAN):
            await asyncio.sleep(11)
        return fine, coarse

    def stop(self) -> None:
        """Stop fan and laser, and let it sleep."""
        self._background(self._end())

    async def _begin(self) -> None:
        # The fan's bit stays otherwise, even if the fan turns again (4.4).
        await self._insist(_CLEAR_STATUS)
        await asyncio.sleep(_SETTLE_S)
        await self._insist(_START, _FLOATS)

    async def _end(self) -> None:
        await self._insist(_STOP)
        await asyncio.sleep(_SETTLE_S)
        await self._insist(_SLEEP)  # firmware 1 cannot, and stays idle at 0.33 mA

    async def _insist(self, command: int, argument=None) -> None:
        """Send a command until it is taken, three times at most.

        If the chip sleeps, the attempt has woken its interface, which then waits for the command
        to wake up (6.3.6).
        """
        for _ in range(3):
            if self._try(command, argument):
                return
            self._try(_WAKE_UP)
            await asyncio.sleep(_SETTLE_S)

    async def _ready(self) -> None:
        """Wait for a measurement, for three seconds: there is one each second (6.3.3)."""
        for _ in range(12):
            if (await self._fetch(_DATA_READY, 1))[1]:
                return
            await asyncio.sleep(0.25)
        raise OSError("SPS30 measures nothing: check its supply of 5 V")
