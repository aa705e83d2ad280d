"""What the messages share: their kinds, and checks that a decoded field is in range.

Place: under `messages`, `reading`, `reports`, `commands` and `updates`.
Guarantee: a field that is not in range raises DecodeError. True and False are never numbers.
"""

from protocol._compat import const
from protocol.errors import DecodeError

TEXT_LIMIT = const(64)

# What an array says: its first item.
HELLO = const(0)
ACK = const(1)
STATUS = const(2)
CRASH = const(3)
GONE = const(4)
COMMAND = const(5)
RESULT = const(6)
OFFER = const(7)
WANT = const(8)
BLOCK = const(9)


def require(holds: bool, what: str) -> None:
    """Raise DecodeError(what) unless it holds."""
    if not holds:
        raise DecodeError(what)


def uint(value, bits: int) -> int:
    """Return an unsigned integer of at most `bits`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << bits:
        raise DecodeError("number out of range")
    return value


def signed(value, bits: int) -> int:
    """Return an integer whose magnitude has at most `bits`."""
    if not isinstance(value, int) or isinstance(value, bool) or not -1 << bits < value < 1 << bits:
        raise DecodeError("number out of range")
    return value


def text(value, limit: int = TEXT_LIMIT) -> str:
    """Return a text of at most `limit` bytes."""
    if not isinstance(value, str) or len(value.encode()) > limit:
        raise DecodeError("text expected, or too long")
    return value


def data(value, limit: int) -> bytes:
    """Return a byte string of at most `limit` bytes."""
    if not isinstance(value, bytes) or len(value) > limit:
        raise DecodeError("bytes expected, or too many")
    return value


def check_text(value: str, limit: int = TEXT_LIMIT) -> None:
    """Raise ValueError where our own text is too long."""
    if len(value.encode()) > limit:
        raise ValueError("a text has at most %d bytes" % limit)
