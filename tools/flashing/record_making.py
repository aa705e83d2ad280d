"""Records that follow from others: with more in `extra`, of a board that was wiped, sealed again.

Place: under `records`.
Guarantee: what is in a record already stays, but for what is told again.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.flashing import record_format, sealing
from tools.flashing.errors import FlashError
from tools.flashing.record_files import Known


def sealed_again(
    known: Known, private: bytes, recipients: Sequence[bytes]
) -> list[tuple[Path, dict[str, Any]]]:
    """Return the record with its key for those that it lacks; nothing where it lacks nobody."""
    sealed = known.record["sealed"]
    lacking = [public for public in recipients if sealing.key_id(public) not in sealed]
    if not lacking:
        return []
    key = sealing.open_sealed(sealed, known.address, known.epoch, private)
    if key is None or known.check not in (None, sealing.check_of(key)):
        raise FlashError("F354", file=known.path, known=sorted(sealed))
    more = sealing.seal(key, known.address, known.epoch, lacking)
    return [(known.path, {**known.record, "sealed": {**sealed, **more}})]


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return both, tables within them merged as well; the other one is right."""
    both = {**one, **other}
    for name in one.keys() & other.keys():
        if isinstance(one[name], dict) and isinstance(other[name], dict):
            both[name] = merged(one[name], other[name])
    return both


def retired(newest: Known, made_s: int, by: str, proof: dict[str, Any]) -> dict[str, Any]:
    """Return what tells that a board was wiped, after its newest record."""
    names = ("record", "address", "epoch", "hardware", "board", "radio", "lab")
    kept = {name: newest.record[name] for name in names if name in newest.record}
    made = record_format.time_text(made_s)
    return {
        **kept,
        "made": made,
        "by": by,
        "state": "retired",
        "extra": {"flash": {"wiped": proof}},
    }
