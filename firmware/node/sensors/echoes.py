"""What the shots of a distance sensor are worth together.

Place: driver.distance_m(seconds) -> here -> `level`, `parking`. A driver gives several shots
(metres, None for a lost echo), or None when the sensor is dead.
Guarantee: the result is one of the echoes, the median of an odd number of them.
"""

from math import isfinite


def median(shots: tuple):
    """Return the median of the echoes; None where half of the shots or more brought none."""
    echoes = [shot for shot in shots if shot is not None and isfinite(shot)]
    if 2 * len(echoes) <= len(shots):
        return None
    if len(echoes) % 2 == 0:
        echoes.pop()
    echoes.sort()
    return echoes[len(echoes) // 2]
