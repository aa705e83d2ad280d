"""One sample that explains itself: any quantities, also some that no registry knows.

Place: under `messages`; for events, for odd quantities, and for the answer to "sample now".
Guarantee: what `from_value` returns has every field in range; its values need no other frame.

    { -1: number            the sample's number; without it the reading is in no journal
      -2: [form, seconds, accuracy]     as in `sampletime`, UNIX, AGE or AT_LEAST
    ? -3: {id: quality}     of the values that are neither VALID nor null
      id: value             of the registry: an integer, a list of `width` integers, or null (FAULT)
      id: [name, unit, decimals, value] from 256 on: an integer x 10**-decimals, or null }
"""

from protocol import quality as qualities
from protocol import quantities, sampletime
from protocol._compat import const
from protocol.fields import check_text, require, signed, text, uint

DESCRIBED = const(256)
MAX_VALUES = const(16)

_NUMBER = const(-1)
_TIME = const(-2)
_QUALITY = const(-3)
_NAME_LIMIT = const(24)
_UNIT_LIMIT = const(12)


class Reading:
    """`values` by id as above; `first` is the sample's number, or None; `quality` by id."""

    def __init__(self, first, clock: int, seconds: int, accuracy: int, values: dict, quality=None):
        self.first = first
        self.clock = clock
        self.seconds = seconds
        self.accuracy = accuracy
        self.values = values
        self.quality = quality or {}
        self.older = None  # it is no introduction
        self.span = 1  # as a Batch of one sample
        self.interval_s = 0

    def numbers(self) -> list:
        """Return the number of the sample it is, in a list as those of a Batch."""
        return [self.first]

    def newest(self, received_s: int) -> tuple:
        """Return (unix seconds, uncertainty in s or None: only a bound)."""
        time_s = sampletime.complete(self.clock, self.seconds, 1, received_s)
        return time_s, sampletime.ACCURACY_S[self.accuracy]

    def plain(self) -> dict:
        """Return the CBOR value."""
        value = dict(self.values)
        value[_TIME] = [self.clock, self.seconds, self.accuracy]
        if self.first is not None:
            value[_NUMBER] = self.first
        if self.quality:
            value[_QUALITY] = self.quality
        return value


def from_value(value: dict) -> Reading:
    """Return the Reading of a decoded map."""
    values = {key: entry for key, entry in value.items() if key >= 0}
    require(0 < len(values) <= MAX_VALUES, "reading: values")
    known = len(values) + (_NUMBER in value) + (_QUALITY in value) + 1
    require(_TIME in value and len(value) == known, "reading: keys")
    time = value[_TIME]
    require(isinstance(time, (list, tuple)) and len(time) == 3, "reading: time")
    clock = uint(time[0], 2)
    require(clock != sampletime.SLOT, "reading: slot time")
    accuracy = uint(time[2], 3)
    nobody_knows = sampletime.ACCURACY_S[accuracy] is None
    require(clock != sampletime.AT_LEAST or nobody_knows, "reading: accuracy of a bound")
    first = uint(value[_NUMBER], 32) if _NUMBER in value else None
    quality = _quality(value[_QUALITY], values) if _QUALITY in value else {}
    for qid, entry in values.items():
        _check_entry(qid, entry)
    return Reading(first, clock, uint(time[1], 32), accuracy, values, quality)


def _quality(value, values: dict) -> dict:
    require(isinstance(value, dict) and len(value) > 0, "reading: quality")
    for qid, code in value.items():
        require(qid in values, "reading: quality of nothing")
        require(0 < uint(code, 3) <= qualities.MAINTENANCE, "reading: unknown quality")
        # null says so already: nothing is told in two ways
        require(code != qualities.FAULT and _value_of(qid, values) is not None, "reading: fault")
    return value


def _value_of(qid: int, values: dict):
    entry = values[qid]
    return entry[3] if qid >= DESCRIBED and isinstance(entry, list) and len(entry) == 4 else entry


def _check_entry(qid: int, entry) -> None:
    if uint(qid, 16) >= DESCRIBED:
        require(isinstance(entry, (list, tuple)) and len(entry) == 4, "reading: described value")
        text(entry[0], _NAME_LIMIT)
        text(entry[1], _UNIT_LIMIT)
        uint(entry[2], 3)
        entry = entry[3]
        width = 1
    else:
        require(qid < quantities.COUNT, "reading: unknown quantity")
        width = quantities.coding(qid)[2]
    if entry is None:
        return
    numbers = entry if width > 1 else [entry]
    require(isinstance(numbers, (list, tuple)) and len(numbers) == width, "reading: width")
    for number in numbers:
        require(abs(signed(number, 20)) <= quantities.LIMIT, "reading: value out of range")


def described(name: str, unit: str, decimals: int, value: int | None) -> list:
    """Return the entry of a quantity that the registry does not have, for an id from 256 on."""
    check_text(name, _NAME_LIMIT)
    check_text(unit, _UNIT_LIMIT)
    return [name, unit, decimals, value]
