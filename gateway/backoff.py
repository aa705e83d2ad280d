"""How long to wait before the next attempt: twice as long each time, up to a limit, never in step.

Place: whoever connects to something: broker, links.
Guarantee: pure; randomness is a parameter. A hundred gateways that lost one broker at the same
moment do not come back at the same moment.
"""


def pause_s(attempt: int, first_s: float, most_s: float, random: float) -> float:
    """Return the pause after so many failed attempts (0: the first one), in seconds.

    `random` is from 0 to 1: the pause is between half of the full one and all of it.
    """
    full_s = min(first_s * 2.0 ** min(attempt, 32), most_s)
    return full_s * (0.5 + random / 2)
