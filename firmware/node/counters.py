"""Numbers that must survive a power cut: the frame counter's reservation and the boot count.

Place: under `app`; the session takes frame counters from here.
Guarantee: a frame counter is never used twice with one key (see `protocol.counter`). A missing or
damaged reservation is an error, not a zero: starting over would use a nonce again. `tools` write
the first one together with the key.
"""

from node import files
from node.errors import NodeError
from protocol.counter import Counter

FRAME_COUNTER = "/state/frame_counter"
BOOTS = "/state/boots"


def _load(path: str) -> int | None:
    data = files.read_bytes(path)
    if data is None:
        return None
    try:
        return int(data.decode())
    except ValueError:
        return None


def frame_counter() -> Counter:
    """Return the counter of this node's frames, or raise NodeError where it is lost."""
    limit = _load(FRAME_COUNTER)
    if limit is None:
        raise NodeError(FRAME_COUNTER + " is lost: give the node a new key epoch")
    return Counter(limit, _store_limit)


def _store_limit(limit: int) -> None:
    files.write_atomic(FRAME_COUNTER, str(limit).encode())


def count_boot() -> int:
    """Return the number of this boot, 1 for the first."""
    files.make_dir("/state")
    boot = (_load(BOOTS) or 0) + 1
    files.write_atomic(BOOTS, str(boot).encode())
    return boot
