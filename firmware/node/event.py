"""A measurement of this moment as a Reading: a sample that is in no journal.

Place: command SAMPLE -> sampler -> `reading` -> Result.
Guarantee: it has the values and qualities that a sample would have now, at most 16 of them, and no
number.
"""

from protocol import quantities, sampletime
from protocol.quality import FAULT
from protocol.reading import MAX_VALUES, Reading


async def reading(sampler, clock):
    """Measure; return a Reading. RuntimeError where this node has no sensors."""
    ids = sampler.measuring.shape()
    if not ids:
        raise RuntimeError("no sensors")
    now_s = clock.now_ms() // 1000
    columns, codes = await sampler.measure(now_s)
    values = {}
    quality = {}
    at = 0
    for i in range(min(len(ids), MAX_VALUES)):
        width = quantities.by_id(ids[i]).width
        value = columns[at] if width == 1 else columns[at : at + width]
        at += width
        is_there = value is not None and not (width > 1 and None in value)
        values[ids[i]] = value if is_there else None
        if is_there and codes and codes[i] not in (0, FAULT):
            quality[ids[i]] = codes[i]
    if clock.is_set:
        accuracy = sampletime.accuracy_of(clock.accuracy_s())
        return Reading(None, sampletime.UNIX, clock.now_ms() // 1000, accuracy, values, quality)
    return Reading(None, sampletime.AGE, 0, sampletime.accuracy_of(1), values, quality)
