"""Distance by a DYP-A02 (DFRobot's A02YYUW): 3 to 450 cm, on a UART.

Place: ports -> A02 -> WaterLevel, Parking.
Guarantee: see `shots`. What the frames are: DFRobot, SEN0311, "UART Output Form".

Of the variants, "UART auto" (YYUW) sends all the time and "UART controlled" (YYTW) when its RX
falls: it gets a byte, which the other one takes for a short wish for values that are not smoothed.
What a lost echo looks like is not in that document; nothing nearer than 3 cm and farther than 4.5 m
is an echo.
"""

from node.drivers.shots import Shots
from protocol._compat import const

_LENGTH = const(4)
_NEAREST_MM = const(30)
_FARTHEST_MM = const(4500)


class A02(Shots):
    """Both variants."""

    draw_ma = 8  # SEN0311, "Specification": on average

    def __init__(self, ports, uart: int = 2):
        super().__init__(ports, uart)

    def _trigger(self) -> None:
        self._uart.write(b"\x55")

    def _parse(self, heard: bytes) -> tuple:
        start = heard.find(b"\xff")
        if start:
            return None, len(heard) if start < 0 else start
        if len(heard) < _LENGTH:
            return None, 0
        if sum(heard[:3]) & 0xFF != heard[3]:
            self.damaged += 1
            return None, 1
        distance_mm = heard[1] << 8 | heard[2]
        is_echo = _NEAREST_MM <= distance_mm <= _FARTHEST_MM
        return distance_mm / 1000 if is_echo else 0, _LENGTH
