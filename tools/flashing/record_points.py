"""Who hangs at which measuring point as the gateway will know it: from what is finished.

Place: records that are known -> here -> allocation.
Guarantee: `misfit` finds what `neckar-gateway nodes import` would refuse of a point.
"""

from collections.abc import Iterable

from tools.flashing.record_conflicts import holders
from tools.flashing.record_files import FINISHED, RETIRED, Known


def holders_done(known: Iterable[Known]) -> dict[str, Known]:
    """Return who hangs at each point as the gateway knows it, which is told of no claims."""
    return holders(item for item in known if item.state in (FINISHED, RETIRED))


def misfit(known: Iterable[Known], new: Known) -> tuple[str, Known] | None:
    """Return a point at which a record does not fit, and the other one; None where it fits.

    At a point hardware follows hardware only where its record says whose place it takes.
    """
    done = [item for item in known if item.state in (FINISHED, RETIRED)]
    done.append(new)
    own = [item.record.get("point") for item in done if item.address == new.address]
    for point in {name for name in own if name is not None}:
        other = _misfit_at(point, done, new)
        if other is not None:
            return point, other
    return None


def _misfit_at(point: str, done: list[Known], new: Known) -> Known | None:
    """Walk through all that was at a point; return who is there that the new one does not name."""
    there = {item.address for item in done if _point(item) == point}
    moves = [item for item in done if item.address in there]
    moves = [item for item in moves if _point(item) is not None or item.state == RETIRED]
    # Who leaves comes before who comes.
    moves.sort(key=lambda k: (k.made_s, _point(k) == point, k.epoch, k.address))
    holder: Known | None = None
    for item in moves:
        if _point(item) != point:
            if holder is not None and holder.address == item.address:
                holder = None
            continue
        if holder is not None and item.address != holder.address != item.record.get("replaces"):
            return item if holder.address == new.address else holder
        holder = item
    return None


def _point(known: Known) -> str | None:
    return None if known.state == RETIRED else known.record.get("point")
