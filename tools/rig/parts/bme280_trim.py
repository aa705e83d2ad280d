"""The trim of one BME280, and which raw values it gives for the world: compensation, inverted.

Place: world -> here -> data registers of `bme280.Bme280`.
Guarantee: pure; the formulas are those in double precision of appendix 8.1 of the data sheet
(BST-BME280-DS001, revision 1.23), not those in integers that a driver uses.

The data sheet has no example. T and P are that of the BMP280's (BST-BMP280-DS001, 3.12; as others
quote it, that page was not at hand), whose compensation is the same. H is of the order that users
publish of their chips.
"""

from bisect import bisect_left
from dataclasses import dataclass
from struct import pack


@dataclass(frozen=True)
class Trim:
    """Table 16, by group; the names of the data sheet without `dig_`."""

    t: tuple[int, ...] = (27504, 26435, -1000)
    p: tuple[int, ...] = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
    h: tuple[int, ...] = (75, 362, 0, 313, 50, 30)

    def registers(self) -> dict[int, bytes]:
        """Return the calibration registers by the address of their first."""
        h1, h2, h3, h4, h5, h6 = self.h
        middle = (h4 & 0x0F) | (h5 & 0x0F) << 4
        return {
            0x88: pack("<Hhh", *self.t) + pack("<Hhhhhhhhh", *self.p) + bytes((0, h1)),
            0xE1: pack("<hBbBbb", h2, h3, h4 >> 4, middle, h5 >> 4, h6),
        }

    def raw_temperature(self, celsius: float) -> int:
        """Return ut, 20 bits."""
        return bisect_left(range(0xFFFFF), celsius, key=self._celsius)

    def raw_pressure(self, hectopascal: float, celsius: float) -> int:
        """Return up, 20 bits; it falls where the pressure rises."""
        return bisect_left(
            range(0xFFFFF), -hectopascal, key=lambda raw: -self._hectopascal(raw, 5120 * celsius)
        )

    def raw_humidity(self, percent: float, celsius: float) -> int:
        """Return uh, 16 bits."""
        return bisect_left(
            range(0xFFFF), percent, key=lambda raw: self._percent(raw, 5120 * celsius)
        )

    def _celsius(self, raw: int) -> float:
        t1, t2, t3 = self.t
        var1 = (raw / 16384 - t1 / 1024) * t2
        var2 = (raw / 131072 - t1 / 8192) ** 2 * t3
        return (var1 + var2) / 5120

    def _hectopascal(self, raw: int, t_fine: float) -> float:
        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self.p
        var1 = t_fine / 2 - 64000
        var2 = var1 * var1 * p6 / 32768 + var1 * p5 * 2
        var2 = var2 / 4 + p4 * 65536
        var1 = (p3 * var1 * var1 / 524288 + p2 * var1) / 524288
        var1 = (1 + var1 / 32768) * p1
        p = (1048576 - raw - var2 / 4096) * 6250 / var1
        return (p + (p9 * p * p / 2147483648 + p * p8 / 32768 + p7) / 16) / 100

    def _percent(self, raw: int, t_fine: float) -> float:
        h1, h2, h3, h4, h5, h6 = self.h
        var = t_fine - 76800
        slope = h2 / 65536 * (1 + h6 / 67108864 * var * (1 + h3 / 67108864 * var))
        percent = (raw - (h4 * 64 + h5 / 16384 * var)) * slope
        return percent * (1 - h1 * percent / 524288)
