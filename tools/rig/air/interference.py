"""When, and by whom, a frame on its way to an antenna was disturbed.

Place: receivers and CAD ask; `rules` says what a disturbance is.
Guarantee: looks only; asked again with the same transmissions it says the same.
Not modelled: what a transmitter spills into channels it does not overlap.
"""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tools.rig.air.rules import LOCK_SYMBOLS, Rule
from tools.rig.air.signal import Tuning
from tools.rig.air.transmission import Transmission

if TYPE_CHECKING:
    from tools.rig.air.antenna import Antenna


class Harm(NamedTuple):
    """Between these moments the frame could not be understood, mostly because of `by`."""

    from_us: int
    to_us: int
    by: Transmission


class _Disturber(NamedTuple):
    from_us: int
    to_us: int
    share: float
    by: Transmission


def portion_db(centre_hz: int, bandwidth_hz: int, signal: Tuning) -> float | None:
    """Return how much of a signal falls into a channel, 0 dB for all of it; None for nothing."""
    distance_hz = abs(centre_hz - signal.frequency_hz)
    overlap_hz = (bandwidth_hz + signal.bandwidth_hz) / 2 - distance_hz
    if overlap_hz >= signal.bandwidth_hz:
        return 0.0
    if overlap_hz <= 0:
        return None
    return 10 * math.log10(min(overlap_hz, bandwidth_hz) / signal.bandwidth_hz)


def harms(
    rule: Rule,
    wanted: Transmission,
    at: "Antenna",
    others: Iterable[Transmission],
    from_us: int,
    to_us: int,
) -> list[Harm]:
    """Return what disturbed `wanted` at an antenna in this time, in order, without overlap."""
    found = []
    for other in others:
        begin_us = max(other.start_us, from_us)
        end_us = min(other.silent_us, to_us)
        if begin_us >= end_us or other is wanted:
            continue
        if not rule.preamble_harms:
            spared = max(other.tuning.preamble - LOCK_SYMBOLS, 0) * other.symbol_us
            begin_us = max(begin_us, other.start_us + spared)
            if begin_us >= end_us:
                continue
        share = _share(rule, wanted, other, at)
        if share:
            found.append(_Disturber(begin_us, end_us, share, other))
    if len(found) > 1:
        return _swept(found, rule.cumulative)
    return [Harm(d.from_us, d.to_us, d.by) for d in found if d.share > 1]


def _share(rule: Rule, wanted: Transmission, other: Transmission, at: "Antenna") -> float:
    tuning = wanted.tuning
    portion = portion_db(tuning.frequency_hz, tuning.bandwidth_hz, other.tuning)
    level_dbm = at.level_dbm(other)
    if portion is None or level_dbm == -math.inf:
        return 0.0
    return rule.share(tuning, other.tuning, at.level_dbm(wanted) - level_dbm - portion)


def _swept(found: list[_Disturber], cumulative: bool) -> list[Harm]:
    """Return the times in which all that disturb at once are too much."""
    moments = sorted({moment for d in found for moment in (d.from_us, d.to_us)})
    result = []
    for from_us, to_us in pairwise(moments):
        present = [d for d in found if d.from_us <= from_us and to_us <= d.to_us]
        if present:
            worst = max(present, key=lambda d: d.share)
            total = sum(d.share for d in present) if cumulative else worst.share
            if total > 1:
                result.append(Harm(from_us, to_us, worst.by))
    return result
