"""How much of a signal is left at the other antenna, and how much a receiver needs.

Place: ether -> here -> dB. Guarantee: the loss between two places is the same in both directions,
and for the same seed the same in every run, whatever else happened.

    loss = reference_db + 10 exponent log10(distance / reference_m) + shadowing + fading
    noise = -174 dBm + 10 log10(bandwidth) + noise figure

Shadowing (normal, in dB) stands for walls and hills: one value for each pair, for good. Fading is
what moves: one value for each frame and receiver. SNR limits: SX1276 data sheet, table 13; SX1261/2
data sheet, table 6-1, for SF5 and SF6.
Not modelled: height, frequency, and the directions of antennas.
"""

import math
import random
from dataclasses import dataclass

Position = tuple[float, float]

SNR_LIMITS_DB = {5: -2.5, 6: -5.0, 7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
# Closer than this two antennas couple, and the formula means nothing.
_NEAREST_M = 1.0


@dataclass(frozen=True)
class LogDistance:
    """Path loss by distance in metres; the numbers are those of a city without its shadows."""

    reference_m: float = 1000.0
    reference_db: float = 128.95
    exponent: float = 2.32
    shadowing_db: float = 0.0
    fading_db: float = 0.0

    def loss_db(self, here: Position, there: Position) -> float:
        """Return the loss between two places, without shadowing and fading."""
        distance = max(math.dist(here, there), _NEAREST_M)
        return self.reference_db + 10 * self.exponent * math.log10(distance / self.reference_m)

    def shadow_db(self, seed: int, one: str, other: str) -> float:
        """Return what stands between two antennas of these names, in dB."""
        if not self.shadowing_db:
            return 0.0
        pair = " ".join(sorted((one, other)))
        shadows = random.Random(f"{seed} shadow {pair}")  # noqa: S311 - repeatable on purpose
        return shadows.gauss(0.0, self.shadowing_db)


# Petäjäjärvi et al., "On the Coverage of LPWANs", 2015: Oulu at 868 MHz, on land, mast of 24 m.
CITY = LogDistance(shadowing_db=7.8)
# Bor et al., "Do LoRa Low-Power Wide-Area Networks Scale?", 2016: LoRaSim, a built-up area.
LORASIM = LogDistance(reference_m=40.0, reference_db=127.41, exponent=2.08)


def noise_dbm(bandwidth_hz: int, figure_db: float) -> float:
    """Return the noise a receiver of this bandwidth and noise figure has by itself."""
    return -174.0 + 10 * math.log10(bandwidth_hz) + figure_db


def sum_dbm(levels_dbm: list[float]) -> float:
    """Return the level of all these signals together."""
    return 10 * math.log10(sum(10 ** (level / 10) for level in levels_dbm))
