"""Temperature, humidity and pressure by a Bosch BME280 on I2C.

Place: ports -> Bme280 -> Climate.
Guarantee: a value is of this call: each call starts a measurement, and waits for its end.
Section numbers: BME280 data sheet, revision 1.23 (BST-BME280-DS001).
"""

import asyncio
from struct import unpack

from node.drivers.driver import Driver
from protocol._compat import const

_ID = const(0xD0)
_CTRL_HUM = const(0xF2)
_CTRL_MEAS = const(0xF4)
_TRIM = const(0x88)
_TRIM_HUM = const(0xE1)

# Weather monitoring: forced mode, oversampling x1 of all three, no filter (3.5.1).
_ONCE = const(1)
_FORCED = const(0x25)
_MEASURING = const(0x08)
_NAN = float("nan")


class Bme280(Driver):
    """`address` is 0x76 with SDO at GND, 0x77 with SDO at VDDIO (6.2)."""

    def __init__(self, ports, address: int = 0x76):
        self._i2c = ports.i2c()
        self._address = address
        self._trim = None

    async def read(self, seconds: int) -> tuple:
        """Return (degrees C, %, hPa); NaN for what was skipped, as its oversampling says."""
        await asyncio.sleep(0.003)  # the supply may have come just now: 2 ms to start (table 1)
        try:
            return await self._measure()
        except OSError:
            self._trim = None  # whatever is wrong may have damaged it too
            raise

    async def _measure(self) -> tuple:
        chip = self._get(_ID, 1)[0]
        if chip == 0x58:
            raise OSError("a BMP280 answers: it has no humidity, a BME280 is needed")
        if chip != 0x60:
            raise OSError("no BME280 answers: check wires, supply and address")
        if not self._trim:
            self._trim = trim_of(self._get(_TRIM, 26), self._get(_TRIM_HUM, 7))
        # Humidity first: it counts from the write to ctrl_meas on (5.4.3).
        self._i2c.writeto_mem(self._address, _CTRL_HUM, bytes((_ONCE,)))
        self._i2c.writeto_mem(self._address, _CTRL_MEAS, bytes((_FORCED,)))
        for _ in range(4):
            await asyncio.sleep(0.011)  # 9.3 ms at most (9.1), and ticks are coarse
            data = self._get(_CTRL_HUM, 13)
            if not data[1] & _MEASURING:
                return _values(self._trim, data)
        raise OSError("BME280 does not come to an end of its measurement")

    def _get(self, register: int, count: int) -> bytes:
        return self._i2c.readfrom_mem(self._address, register, count)


def trim_of(first: bytes, second: bytes) -> tuple:
    """Return T1..T3, P1..P9, H1..H6 from 0x88..0xA1 and 0xE1..0xE7 (table 16)."""
    h2, h3 = unpack("<hB", second[:3])
    h4, middle, h5, h6 = unpack("<bBbb", second[3:])
    return unpack("<HhhHhhhhhhhh", first[:24]) + (
        first[25],
        h2,
        h3,
        h4 * 16 + (middle & 15),
        h5 * 16 + (middle >> 4),
        h6,
    )


def _values(trim: tuple, data: bytes) -> tuple:
    """Return the values of the registers from ctrl_hum on.

    A setting of zero means skipped (tables 20, 23, 24), also after a loss of power. The raw value
    of that, 0x80000, is no sign of it: it is as well a mild day, 26.4 degrees C for one chip.
    """
    if not data[2] >> 5:
        return _NAN, _NAN, _NAN
    warmth = t_fine(trim, data[8] << 12 | data[9] << 4 | data[10] >> 4)
    damp = pressure = _NAN
    if data[0] & 7:
        damp = humidity(trim, warmth, data[11] << 8 | data[12]) / 1024
    if data[2] & 0x1C:
        pressure = pressure_256pa(trim, warmth, data[5] << 12 | data[6] << 4 | data[7] >> 4) / 25600
    return warmth / 5120, damp, pressure


def t_fine(trim: tuple, raw: int) -> int:
    """Return the temperature in 1/5120 degrees C (4.2.3)."""
    t1, t2, t3 = trim[:3]
    fine = (raw >> 4) - t1
    return (((raw >> 3) - (t1 << 1)) * t2 >> 11) + ((fine * fine >> 12) * t3 >> 14)


def pressure_256pa(trim: tuple, warmth: int, raw: int) -> int:
    """Return the pressure in 1/256 Pa, or NaN where the trim is void (4.2.3, 64-bit form)."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9 = trim[3:12]
    t = warmth - 128000
    slope = (t * t * p3 >> 8) + (t * p2 << 12)
    slope = ((1 << 47) + slope) * p1 >> 33
    if not slope:
        return _NAN
    offset = t * t * p6 + (t * p5 << 17) + (p4 << 35)
    p = ((1048576 - raw << 31) - offset) * 3125 // slope
    curve = (p9 * (p >> 13) * (p >> 13) >> 25) + (p8 * p >> 19)
    return (p + curve >> 8) + (p7 << 4)


def humidity(trim: tuple, warmth: int, raw: int) -> int:
    """Return the relative humidity in 1/1024 % (4.2.3)."""
    h1, h2, h3, h4, h5, h6 = trim[12:]
    t = warmth - 76800
    scale = ((t * h6 >> 10) * ((t * h3 >> 11) + 32768) >> 10) + 2097152
    h = ((raw << 14) - (h4 << 20) - h5 * t + 16384 >> 15) * (scale * h2 + 8192 >> 14)
    h -= ((h >> 15) * (h >> 15) >> 7) * h1 >> 4
    return min(max(h, 0), 419430400) >> 12
