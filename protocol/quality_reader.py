"""The way back from `quality`: bits -> codes.

Place: under `batch_reader`.
Guarantee: codes that nobody writes, or not in the shortest way, raise `DecodeError`.
"""

from protocol.errors import DecodeError
from protocol.quality import FAULT, MAINTENANCE, VALID


def take_quality(reader, rows: int, count: int) -> list | None:
    """Read the codes of `rows` quantities with `count` values each."""
    if reader.take(1):
        return None
    quality = [_take_codes(reader, count) for _ in range(rows)]
    if not any(quality):
        raise DecodeError("quality that says nothing")
    return quality


def _take_codes(reader, count: int) -> list | None:
    if reader.take(1):
        return None
    if reader.take(1):
        codes = [reader.take(3)] * count
    else:
        codes = [reader.take(3) for _ in range(count)]
        if min(codes) == max(codes):
            raise DecodeError("quality is not the shortest")
    if max(codes) == VALID or max(codes) > MAINTENANCE:
        raise DecodeError("unknown quality")
    return codes


def blank(values: list, codes: list) -> None:
    """Take away again what `filled` put where there is no value."""
    for i in range(len(codes)):
        if codes[i] == FAULT:
            values[i] = None
