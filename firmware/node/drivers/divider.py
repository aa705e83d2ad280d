"""The voltage of a battery or a solar panel, over the divider that the board has for it.

Place: ports -> Divider -> Battery, Solar.
Guarantee: one wild conversion of the ADC does not show.
"""

from node.drivers.driver import Driver
from protocol._compat import const

_CONVERSIONS = const(5)


class Divider(Driver):
    """`wire` is the board's name for it: battery, solar."""

    def __init__(self, ports, wire: str):
        self._millivolts = ports.millivolts(wire)

    async def read(self, seconds: int) -> float:
        """Return volts."""
        conversions = sorted([self._millivolts() for _ in range(_CONVERSIONS)])
        return conversions[_CONVERSIONS // 2] / 1000
