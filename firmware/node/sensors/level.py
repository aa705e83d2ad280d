"""How high the water stands: measured from above, as the way down to it.

Place: driver.distance_m(seconds) -> WaterLevel -> sampler. A driver gives several shots (metres,
None for a lost echo), or None when the sensor is dead; it may raise OSError.
Guarantee: the value is the median of an odd number of echoes, so a bird or a branch under the
sensor does not become a flood; with half of the echoes lost there is no value.
"""

from node.sensors.echoes import median
from node.sensors.readings import FAULT, mark, scaled
from node.sensors.sensor import Sensor
from protocol import quality as qualities
from protocol import quantities


class WaterLevel(Sensor):
    """`mount_height_m` is the sensor's height above the zero of the gauge.

    Between `nearest_m` and `farthest_m` the sensor is specified; `frozen_after` equal rounds of
    shots in a row are one too many. They are many: these sensors give whole millimetres, and a
    still basin repeats them for hours.
    """

    quantities = ("water_level",)

    def __init__(
        self, driver, mount_height_m, nearest_m=0.25, farthest_m=8.0, frozen_after: int = 96
    ):
        super().__init__(driver, frozen_after)
        self._mount_height_m = mount_height_m
        self._lowest_m = mount_height_m - farthest_m
        self._highest_m = mount_height_m - nearest_m
        self._scale = quantities.by_name("water_level").scale

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return the level at this moment."""
        shots = tuple(await self._driver.distance_m(seconds) or ())
        distance_m = median(shots)
        if distance_m is None:
            return [FAULT]
        level_m = self._mount_height_m - distance_m
        readings = [scaled(level_m, self._scale, self._lowest_m, self._highest_m)]
        if self._frozen.is_frozen(shots):
            return mark(readings, qualities.FROZEN)
        return readings
