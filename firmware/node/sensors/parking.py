"""Whether a parking space is free: something stands nearer to the sensor than the ground.

Place: driver.distance_m(seconds) -> Parking -> sampler. A driver gives several shots (metres, None
for a lost echo), or None when the sensor is dead; it may raise OSError.
Guarantee: 0 or 1, nothing of a vehicle; with half of the echoes lost there is no value. A still
space gives equal shots for hours, so it is never called frozen unless the profile says so.
"""

from node.sensors.echoes import median
from node.sensors.readings import FAULT, mark
from node.sensors.sensor import Sensor
from protocol import quality as qualities


class Parking(Sensor):
    """Occupied is what is nearer than `occupied_below_m`."""

    quantities = ("free_spaces",)

    def __init__(self, driver, occupied_below_m, frozen_after: int = 0):
        super().__init__(driver, frozen_after)
        self._occupied_below_m = occupied_below_m

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return 1 for a free space, 0 for one that is taken."""
        shots = tuple(await self._driver.distance_m(seconds) or ())
        distance_m = median(shots)
        if distance_m is None:
            return [FAULT]
        reading = (0 if distance_m < self._occupied_below_m else 1, qualities.VALID)
        return mark([reading], qualities.FROZEN) if self._frozen.is_frozen(shots) else [reading]
