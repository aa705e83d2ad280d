"""Distance by a MaxBotix HRXL-MaxSonar-WR with TTL output (MB7380 to MB7389): millimetres as text.

Place: ports -> MaxBotix -> WaterLevel, Parking.
Guarantee: see `shots`. What the lines are: data sheet PD11500, "Pin 5, serial output": `R`, four
digits, a carriage return, at 9600 baud; without an echo the digits are the longest distance.

The models with RS232 output (MB7360 to MB7369) send the same upside down and need an inverter.
Models that give centimetres (three digits) are not understood, so nothing of theirs is believed.
"""

from node.drivers.shots import Shots
from protocol._compat import const

_LENGTH = const(5)


class MaxBotix(Shots):
    """`lost_mm` is what the model says without an echo: 5000, or 9999 with a range of 10 m."""

    draw_ma = 3  # PD11500: 3.1 on average at 5 V

    def __init__(self, ports, uart: int = 2, lost_mm: int = 5000):
        super().__init__(ports, uart)
        self._lost_mm = lost_mm

    def _parse(self, heard: bytes) -> tuple:
        end = heard.find(b"\r")
        if end < 0:
            return None, 0
        line = heard[max(end - _LENGTH, 0) : end]
        if len(line) < _LENGTH or line[:1] != b"R" or not line[1:].isdigit():
            if len(line) == _LENGTH:  # else it had begun before anybody listened
                self.damaged += 1
            return None, end + 1
        distance_mm = int(line[1:])
        return distance_mm / 1000 if distance_mm < self._lost_mm else 0, end + 1
