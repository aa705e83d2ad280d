"""CO2, temperature and humidity by a Sensirion SCD41 on I2C, one shot at a time.

Place: ports -> Scd41 -> its sensor class.
Guarantee: a reading is of a shot of this call or of its `start`, and never the first shot after
the chip woke. Section numbers: SCD4x data sheet, version 1.7.

The first shot after waking or power-up is thrown away; so say 3.10 and 3.10.4 of version 1.3 of the
data sheet ("to maximize accuracy"), and version 1.7 does not speak of it any more.

The chip's self-calibration wants 400 ppm once a week, and counts a shot as 5 minutes; it does not
work for a chip that is powered down or off between shots (3.8, 3.11). Then nothing corrects the
drift. `stays_idle` keeps it at work, for 0.15 mA (version 1.3, 3.10) that never end.
"""

import asyncio
from struct import unpack

from node.drivers.sensirion import Sensirion
from protocol._compat import const

_WAKE_UP = const(0x36F6)
_POWER_DOWN = const(0x36E0)
_SINGLE_SHOT = const(0x219D)
_DATA_READY = const(0xE4B8)
_READ = const(0xEC05)
_AMBIENT_PRESSURE = const(0xE000)
_SHOT_S = 5.02  # 5 s at most (3.11.1), and ticks are coarse


class Scd41(Sensirion):
    """`pressure_hpa`, 700 to 1200, corrects CO2 for the height of the place; None: 1013 (3.7.5).

    It may be set at any time, where something else measures it. After `start` the chip needs 50 ms
    of the event loop; then 5 s in which nothing has to run.
    """

    lead_s = 6
    draw_ma = 15  # 243 mJ for a shot (data sheet 1.3, table 4)
    rest_s = 0.1

    def __init__(self, ports, pressure_hpa=None, stays_idle: bool = False, address: int = 0x62):
        super().__init__(ports, address)
        self.pressure_hpa = pressure_hpa
        self._stays_idle = stays_idle
        self._is_fresh = True

    def start(self) -> None:
        """Wake the chip, and take the first shot."""
        self._background(self._begin())

    async def read(self, seconds: int) -> tuple:
        """Return (ppm, degrees C, %); takes 5 s more where the first shot has to be discarded."""
        if not self._steps:
            self._background(self._begin())
            await self._steps
            await asyncio.sleep(_SHOT_S)
        await self._steps
        self._steps = None
        words = await self._shot()
        if self._is_fresh:
            self._send(_SINGLE_SHOT)
            await asyncio.sleep(_SHOT_S)
            words = await self._shot()
            self._is_fresh = False
        co2, warmth, damp = unpack(">HHH", words)
        return co2, 175 * warmth / 65535 - 45, 100 * damp / 65535

    def stop(self) -> None:
        """Power it down, unless it stays idle."""
        if self._steps:
            self._steps.cancel()
            self._steps = None
        if not self._stays_idle:
            self._is_fresh = True
            self._try(_POWER_DOWN)

    async def _begin(self) -> None:
        self._try(_WAKE_UP)  # which is never acknowledged (3.11.4)
        await asyncio.sleep(0.032)
        if self.pressure_hpa is not None and self._try(_AMBIENT_PRESSURE, int(self.pressure_hpa)):
            await asyncio.sleep(0.002)
        self._try(_SINGLE_SHOT)

    async def _shot(self) -> bytearray:
        """Return the words of a shot, which empties the chip's buffer (3.6.2).

        Waits for it half a second at most: `start` may have been late. While busy, it is silent.
        """
        for left in range(4, -1, -1):
            try:
                # Ready is what has one of the lower 11 bits set (3.9.2).
                if unpack(">H", await self._fetch(_DATA_READY, 1))[0] & 0x7FF:
                    return await self._fetch(_READ, 3)
            except OSError:
                if not left:
                    raise
            await asyncio.sleep(0.1)
        raise OSError("SCD41 took no shot")
