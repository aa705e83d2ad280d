"""A voltage behind two resistors at a pin of the ADC: the battery, the solar panel.

Place: bus -> Divider -> world: "battery_v", "solar_v", or another name that it is told.
Guarantee: as part.py. The pin sees the part of the voltage that the resistors leave, and no more
than the ADC can tell.
Does not model: the ADC's errors and noise, the time that a switch and a capacitor take.
"""

from tools.rig.parts.part import AnalogPart, World

_MOST_UV = 3_100_000  # ESP32 data sheet, ADC with 11 dB: what it can tell is below 3.1 V


class Divider(AnalogPart):
    """`garbage`: each eighth conversion is wild; `hang`: the pin is at its supply."""

    def __init__(self, world: World, name: str, upper_kohm: float = 100, lower_kohm: float = 100):
        super().__init__(world)
        self._name = name
        self._share = lower_kohm / (upper_kohm + lower_kohm)
        self._conversions = 0
        self._last_uv = 0

    def microvolts(self, now_us: int) -> int:
        """Return what the ADC sees at its pin."""
        self._conversions += 1
        if self.faults.missing or not self.is_powered:
            return 0
        if self.faults.hang or (self.faults.garbage and self._conversions % 8 == 0):
            return _MOST_UV
        if not self.faults.stuck:
            volts = self.world(now_us / 1e6)[self._name]
            self._last_uv = min(max(round(volts * self._share * 1e6), 0), _MOST_UV)
        return self._last_uv
