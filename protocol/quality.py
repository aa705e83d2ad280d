"""What is known of every single value: the codes, and how a batch carries them.

Place: under `batch`; sensors give the codes, the city's platform gets their names.
Guarantee: a batch whose values are all valid pays one bit. FAULT means that there is no value.

    1                    all values of the batch are valid
    0, then a quantity   1           all valid
                         0 1 ccc     all of one code, as of a sensor that is broken
                         0 0 ccc..   a code for each value
"""

from protocol._compat import const

VALID = const(0)
WARM_UP = const(1)  # the sensor had not settled yet
OUT_OF_RANGE = const(2)  # outside what the sensor is specified for; the value is kept
FROZEN = const(3)  # has not moved for longer than nature allows
FAULT = const(4)  # the sensor gave no value; there is none in the message
MAINTENANCE = const(5)  # somebody is working on the node

QUALITY_NAMES = ("valid", "warm_up", "out_of_range", "frozen", "fault", "maintenance")


def put_quality(writer, quality: list | None) -> None:
    """Write the codes of all quantities: a list for each, or None where all are valid."""
    if not quality or not any(any(codes or ()) for codes in quality):
        writer.put(1, 1)
        return
    writer.put(0, 1)
    for codes in quality:
        _put_codes(writer, codes or (VALID,))


def _put_codes(writer, codes) -> None:
    least = min(codes)
    most = max(codes)
    if least < VALID or most > MAINTENANCE:
        raise ValueError("unknown quality")
    if most == VALID:
        writer.put(1, 1)
        return
    if most == least:
        writer.put(1, 2)
        writer.put(most, 3)
        return
    writer.put(0, 2)
    for code in codes:
        writer.put(code, 3)


def filled(values: list, codes: list | None, last: int) -> list:
    """Put the value before it, which costs least, where FAULT says that there is none."""
    out = []
    for i in range(len(values)):
        if values[i] is not None:
            last = values[i]
        elif not codes or codes[i] != FAULT:
            raise ValueError("no value, and no FAULT that says so")
        out.append(last)
    return out
