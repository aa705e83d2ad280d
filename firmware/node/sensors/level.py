"""How high the water stands: measured from above, as the way down to it.

Place: driver.distance_m(seconds) -> WaterLevel -> sampler. A driver gives several shots (metres,
None for a lost echo), or None when the sensor is dead; it may raise OSError.
Guarantee: the value is the median of an odd number of echoes, so a bird or a branch under the
sensor does not become a flood; with half of the echoes lost there is no value.
"""

from math import isfinite

from node.sensors.readings import FAULT, Frozen, mark, scaled
from protocol import quality as qualities
from protocol import quantities


class WaterLevel:
    """`mount_height_m` is the sensor's height above the zero of the gauge.

    Between `nearest_m` and `farthest_m` the sensor is specified; `frozen_after` equal rounds of
    shots in a row are one too many.
    """

    quantities = ("water_level",)

    def __init__(
        self, driver, mount_height_m, nearest_m=0.25, farthest_m=8.0, frozen_after: int = 6
    ):
        self._driver = driver
        self._mount_height_m = mount_height_m
        self._lowest_m = mount_height_m - farthest_m
        self._highest_m = mount_height_m - nearest_m
        self._frozen = Frozen(frozen_after)
        self._scale = quantities.by_name("water_level").scale

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return the level at this moment."""
        shots = tuple(self._driver.distance_m(seconds) or ())
        distance_m = _median(shots)
        if distance_m is None:
            return [FAULT]
        level_m = self._mount_height_m - distance_m
        readings = [scaled(level_m, self._scale, self._lowest_m, self._highest_m)]
        if self._frozen.is_frozen(shots):
            return mark(readings, qualities.FROZEN)
        return readings


def _median(shots: tuple):
    """Return the median of the echoes; None where half of the shots or more brought none."""
    echoes = [shot for shot in shots if shot is not None and isfinite(shot)]
    if 2 * len(echoes) <= len(shots):
        return None
    if len(echoes) % 2 == 0:
        echoes.pop()
    echoes.sort()
    return echoes[len(echoes) // 2]
