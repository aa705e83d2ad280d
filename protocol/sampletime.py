"""When the newest sample of a batch was taken, in few bits, and how sure the node is of it.

Place: under `batch` and `messages` (readings); the node's clock and the gateway's clock meet here.
Guarantee: every sample has a time with a stated uncertainty, whether the node's clock was set or
not. Seconds since 1970, or ages; no clock is read here.

    form       2 bits   SLOT, UNIX, AGE or AT_LEAST
    SLOT       6 bits   unix time / interval, the low bits: for a sample on the grid sent at once
    UNIX      32 bits   unix time
    AGE       Exp-Golomb(5) seconds since it was taken: the node's clock was never set
    AT_LEAST  the same, but power was lost since: it is at least this old
    accuracy   3 bits   index of ACCURACY_S; not with AT_LEAST, which is only a bound
"""

from protocol._compat import const
from protocol.bits import RAW_WIDTH

SLOT = const(0)
UNIX = const(1)
AGE = const(2)
AT_LEAST = const(3)

ACCURACY_S: tuple = (1, 2, 5, 15, 60, 300, 1800, None)  # None: nobody knows

# The short form is used while a sample is younger than this many intervals, of the 32 it could be:
# the rest is room for a clock that is off.
SLOT_LIMIT = const(16)
SLOT_MIN_S = const(10)  # below, a frame held up for half a minute would be dated wrong

AGE_ORDER = const(5)
AGE_LIMIT = (1 << RAW_WIDTH) - (1 << AGE_ORDER)  # 48 days; older is said to be at least this old


def accuracy_of(seconds: int) -> int:
    """Return the code of the first of ACCURACY_S that is not less than `seconds`."""
    code = 0
    for limit in ACCURACY_S[:-1]:
        if limit >= seconds:
            break
        code += 1
    return code


def short_form(batch) -> tuple:
    """Return (form, seconds) of a batch: SLOT for UNIX where that says the same at `sent_s`."""
    clock, seconds, interval_s = batch.clock, batch.seconds, batch.interval_s
    if batch.sent_s is None or clock != UNIX or interval_s < SLOT_MIN_S or seconds % interval_s:
        return clock, seconds
    if abs(batch.sent_s - seconds) >= SLOT_LIMIT * interval_s:
        return clock, seconds
    return SLOT, seconds // interval_s % 64


def complete(clock: int, seconds: int, interval_s: int, received_s: int) -> int:
    """Return the unix time that was told in `seconds`, as heard at `received_s`."""
    if clock == UNIX:
        return seconds
    if clock == SLOT:
        now = received_s // interval_s
        ahead = (seconds - now + 32) % 64 - 32
        return (now + ahead) * interval_s
    return received_s - seconds


def put_time(writer, clock: int, seconds: int, accuracy: int) -> None:
    """Write a time, or raise ValueError where it has no form."""
    if clock == AGE and seconds > AGE_LIMIT:
        clock = AT_LEAST
    writer.put(clock, 2)
    if clock == SLOT and 0 <= seconds < 64:
        writer.put(seconds, 6)
    elif clock == UNIX and 0 <= seconds < 1 << 32:
        writer.put_wide(seconds >> 16, seconds & 0xFFFF)
    elif clock in (AGE, AT_LEAST):
        writer.put_golomb(min(max(seconds, 0), AGE_LIMIT), AGE_ORDER)
    else:
        raise ValueError("no such time")
    if clock != AT_LEAST:
        if not 0 <= accuracy < len(ACCURACY_S):
            raise ValueError("no such accuracy")
        writer.put(accuracy, 3)
