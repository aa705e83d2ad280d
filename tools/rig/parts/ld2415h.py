"""A Hi-Link HLK-LD2415H traffic radar on a UART, at the level of its bytes.

Place: bus -> Ld2415h -> a street's traffic (see `street`).
Guarantee: as part.py. The maker's manual was not at hand: lines, commands and settings are those of
two open drivers for this module.

A vehicle is seen over the last 40 m on its way to the sensor, or the first 40 m away from it; the
angle makes readings lower the nearer it is. The nearest one is reported, and nobody means silence.
Does not model: pedestrians, rain, the relay, sensitivity, angle and vibration settings.
"""

from math import sqrt

from tools.rig.parts.stream import Stream
from tools.rig.parts.street import Traffic, Vehicle

_SEEN_M = 40.0
_ASIDE_M = 4.0
_PERIODS_US = (45_000, 91_000, 167_000)  # about 22, 11 and 6 readings a second
_COMMAND = 8
_DIRECTIONS: tuple[tuple[int, ...], ...] = ((1, -1), (1,), (-1,))


class Ld2415h(Stream):
    """`lowest_kmh`: slower ones are not reported."""

    period_us = _PERIODS_US[1]

    def __init__(self, traffic: Traffic, lowest_kmh: float = 1.0):
        super().__init__(lambda seconds: {})
        self._traffic = traffic
        self._lowest_kmh = lowest_kmh
        self._mode = 0
        self._heard = b""

    def write(self, data: bytes, now_us: int) -> None:
        """Take commands: `CF`, a number, its values."""
        self._heard += data
        start = self._heard.find(b"CF")
        while start >= 0 and len(self._heard) >= start + _COMMAND:
            command = self._heard[start : start + _COMMAND]
            self._heard = self._heard[start + _COMMAND :]
            self._obey(command)
            start = self._heard.find(b"CF")

    def _obey(self, command: bytes) -> None:
        if command[2] == 2:
            self._mode = command[3] % 3
        elif command[2] == 7:
            settings = b"X1:%02X X2:00 X3:05 X4:%02X " % (int(self._lowest_kmh), self._mode)
            self._answers += (
                settings + b"X5:01 X6:00 X7:05 X8:03 X9:01 X0:01\r\nNo.:20230801E v5.0\r\n"
            )

    def _message(self, seconds: float) -> bytes:
        # As slow as it may be, a vehicle is in the beam for 20 s at most.
        seen = [
            (abs(_way_m(vehicle, seconds)), vehicle)
            for vehicle in self._traffic(max(seconds - 20, 0), seconds + 20)
            if 0 <= -vehicle.direction * _way_m(vehicle, seconds) <= _SEEN_M
            and vehicle.direction in _DIRECTIONS[self._mode]
        ]
        if not seen:
            return b""
        way_m, nearest = min(seen, key=lambda pair: pair[0])
        speed_kmh = nearest.speed_kmh * way_m / sqrt(way_m**2 + _ASIDE_M**2)
        if speed_kmh < self._lowest_kmh:
            return b""
        return b"V%s%05.1f\r\n" % (b"+" if nearest.direction > 0 else b"-", speed_kmh)


def _way_m(vehicle: Vehicle, seconds: float) -> float:
    """Return how far it is behind the sensor; negative before it."""
    return (seconds - vehicle.seconds) * vehicle.speed_kmh / 3.6
