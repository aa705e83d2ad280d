"""Numbers that must survive a power cut: the frame counter's reservation and the boot count.

Place: under `app`; the session takes frame counters from here.
Guarantee: a frame counter is never used twice with one key (see `protocol.counter`). A missing or
damaged reservation is an error, not a zero: starting over would use a nonce again. `tools` write
the first one together with the key.

    /state/frame_counter   limit, and behind it which identity it was counted for (see `identity`)
"""

from node import files
from node.errors import NodeError
from protocol.counter import Counter

FRAME_COUNTER = "/state/frame_counter"
BOOTS = "/state/boots"

_mark = ""


def _load(path: str) -> int | None:
    data = files.read_bytes(path)
    if data is None:
        return None
    try:
        number = int(data.decode().split(" ")[0])
    except ValueError:
        return None
    return number if 0 <= number <= 0xFFFFFFFF else None


def frame_counter() -> Counter:
    """Return the counter of this node's frames, or raise NodeError where it is lost."""
    return Counter(_limit(), _store_limit)


def _limit() -> int:
    limit = _load(FRAME_COUNTER)
    if limit is None:
        raise NodeError(FRAME_COUNTER + " is lost: give the node a new key epoch")
    return limit


def _store_limit(limit: int) -> None:
    files.write_atomic(FRAME_COUNTER, (str(limit) + " " + _mark).encode())


def bind(mark: str) -> None:
    """Say which identity what is reserved from now on is for."""
    global _mark
    _mark = mark


def bound_to() -> bytes:
    """Return which identity the stored reservation is for; empty: nobody knows."""
    return (files.read_bytes(FRAME_COUNTER) or b"").partition(b" ")[2]


def store_bound() -> None:
    """Store the reservation again, for the identity that `bind` named."""
    _store_limit(_limit())


def count_boot() -> int:
    """Return the number of this boot, 1 for the first."""
    files.make_dir("/state")
    boot = (_load(BOOTS) or 0) + 1
    files.write_atomic(BOOTS, str(boot).encode())
    return boot
