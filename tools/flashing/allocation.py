"""Which address, epoch and time a board's next record has, and what speaks against it.

Place: records that are known -> here -> records.
Guarantee: an address or epoch that any record names, in any state, is never given again.
"""

from collections.abc import Collection
from typing import NamedTuple

from tools.flashing import record_conflicts, record_format, record_points
from tools.flashing.errors import FlashError
from tools.flashing.record_files import FINISHED, Known, told

NO_MAC = ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff")
# Records of one second follow each other by a second each, so they may be ahead of the clock.
_AHEAD_S = 60


class Wanted(NamedTuple):
    """What a record is to say of a place; `replaces` is the address of what hung there."""

    address: int
    lab: str
    point: str | None
    replaces: int | None


def check_clock(now: float) -> None:
    """Raise F340 for a clock that was never set: the gateway takes no record from before 2024."""
    if now < record_format.OLDEST_S:
        raise FlashError("F340", now=record_format.time_text(now))


def next_address(
    known: Collection[Known],
    hardware: str,
    wanted: int | None,
    replaces: int | None,
    addresses: range,
) -> int:
    """Return the address of a board: its own, else the wanted one, else the lowest free one."""
    if hardware in NO_MAC:
        raise FlashError("F346", hardware=hardware)
    own = next((item.address for item in known if item.hardware == hardware), None)
    conflict = record_conflicts.of_board(known, hardware, wanted if own is None else own)
    if conflict is not None:
        raise conflict
    if own is not None:
        if wanted not in (None, own):
            raise FlashError("F350", hardware=hardware, address=own, wanted=wanted)
        return own
    used = {item.address: item for item in known}
    if wanted in used:
        raise FlashError("F351", address=wanted, one=told(used[wanted]))
    if wanted is not None:
        if wanted not in addresses:
            raise FlashError("F352", address=wanted, addresses=range_text(addresses))
        return wanted
    # Hardware that was replaced may be known by that only.
    gone = {item.record.get("replaces") for item in known} | {replaces}
    for address in addresses:
        if address not in used and address not in gone:
            return address
    raise FlashError("F353", addresses=range_text(addresses))


def range_text(addresses: range) -> str:
    """Return addresses as workshop.toml writes them."""
    return f"{addresses.start}-{addresses.stop - 1}"


def next_epoch(known: Collection[Known], address: int) -> int:
    """Return an epoch above all that an address ever had."""
    return max((item.epoch for item in known if item.address == address), default=0) + 1


def next_time(known: Collection[Known], now: float, wanted: Wanted) -> int:
    """Return when a record is made: after all that it follows; FlashError where it does not fit.

    The gateway lets hardware take a point over only where the record says whose it was, and reads
    the order of records from their times.
    """
    address, _, point, replaces = wanted
    if replaces == address:
        raise FlashError("F348", address=address)
    if point is None and replaces is not None:
        raise FlashError("F349", replaces=replaces)
    follows = {address, replaces}
    if point is not None:
        _check_point(known, wanted)
        follows |= {item.address for item in known if item.record.get("point") == point}
    before = [item for item in known if item.address in follows]
    latest = max(before, key=lambda item: item.made_s, default=None)
    if latest is None:
        return int(now)
    if now < latest.made_s - _AHEAD_S:
        made = record_format.time_text(latest.made_s)
        raise FlashError("F341", now=record_format.time_text(now), made=made, file=latest.path)
    return max(int(now), latest.made_s + 1)


def _check_point(known: Collection[Known], wanted: Wanted) -> None:
    """Raise F345 where somebody else hangs at a point, or what `check_lab` raises."""
    holder = record_conflicts.holders(known).get(wanted.point or "")
    if holder is not None and holder.address not in (wanted.address, wanted.replaces):
        raise FlashError("F345", point=wanted.point, address=holder.address, one=told(holder))
    check_lab(known, wanted.point, wanted.lab)


def whose_place(known: Collection[Known], wanted: Wanted) -> int | None:
    """Return whom a record has to name as replaced: whoever the gateway will know at the point.

    That is another than was said where the place was begun to be taken before, by a claim that is
    not finished: the gateway never hears of that.
    """
    holder = record_points.holders_done(known).get(wanted.point or "")
    if holder is None or holder.address == wanted.address:
        return wanted.replaces
    return holder.address


def check_fit(known: Collection[Known], claim: Known) -> None:
    """Raise F345 or F347 where a claim does not fit any more to what was finished meanwhile."""
    found = record_points.misfit(known, claim)
    if found is not None:
        point, other = found
        raise FlashError("F345", point=point, address=other.address, one=told(other))
    check_lab(known, claim.record.get("point"), claim.record["lab"])


def check_lab(known: Collection[Known], point: str | None, lab: str) -> None:
    """Raise F347 where a finished record has a point in another lab; claims may still go."""
    if point is None:
        return
    for item in known:
        there = item.record["lab"]
        if item.state == FINISHED and item.record.get("point") == point and there != lab:
            raise FlashError("F347", point=point, lab=lab, there=there)
