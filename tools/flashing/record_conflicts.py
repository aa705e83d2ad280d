"""What contradicts itself among the records of several workshops, with both versions.

Place: records that were read -> here -> records, inventory.
Guarantee: no key is named, only fingerprints of keys.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator

from tools.flashing import record_format
from tools.flashing.errors import FlashError
from tools.flashing.record_files import IS_BURNT, RETIRED, Known, told


def conflicts(known: Iterable[Known]) -> list[FlashError]:
    """Return every contradiction, each once."""
    return [error for error, _, _ in _pairs(list(known))]


def of_board(known: Iterable[Known], hardware: str, address: int | None) -> FlashError | None:
    """Return a contradiction that concerns a board or an address, or None."""
    for error, one, other in _pairs(list(known)):
        for item in (one, other):
            if item.hardware == hardware or item.address == address:
                return error
    return None


def of_new(known: Iterable[Known], new: Iterable[Known]) -> list[FlashError]:
    """Return the contradictions of new records with those that are known, or with each other."""
    names = {id(item) for item in new}
    both = [*known, *new]
    return [error for error, one, other in _pairs(both) if {id(one), id(other)} & names]


def _pairs(known: list[Known]) -> Iterator[tuple[FlashError, Known, Known]]:
    for one, other in _differ(known, lambda k: k.address, lambda k: k.hardware):
        yield _error_of_address(one, other), one, other
    for one, other in _differ(known, lambda k: k.hardware, lambda k: k.address):
        yield FlashError("F335", hardware=one.hardware, **_both(one, other)), one, other
    with_key = [k for k in known if k.check is not None and k.state != RETIRED]
    for one, other in _differ(
        with_key, lambda k: (k.address, k.epoch, k.hardware), lambda k: k.check
    ):
        yield _error_of_key(one, other), one, other
    for one, other in _differ(with_key, lambda k: k.check, lambda k: (k.address, k.epoch)):
        yield FlashError("F337", **_both(one, other)), one, other


def _error_of_address(one: Known, other: Known) -> FlashError:
    return FlashError("F334", address=one.address, **_both(one, other))


def _error_of_key(one: Known, other: Known) -> FlashError:
    return FlashError("F336", address=one.address, epoch=one.epoch, **_both(one, other))


def versions(there: Known, new: Known) -> FlashError | None:
    """Return how a record differs from the one that is there under its name, or None."""
    if there.hardware != new.hardware:
        return _error_of_address(there, new)
    if record_format.same(there.record, new.record):
        return None
    if there.check and new.check and there.check != new.check and new.state != RETIRED:
        return _error_of_key(there, new)
    names = sorted((there.record.keys() | new.record.keys()) - {"sealed"})
    fields = [name for name in names if there.record.get(name) != new.record.get(name)]
    values = {**_both(there, new), "one": _values(there, fields), "other": _values(new, fields)}
    return FlashError("F338", address=there.address, epoch=there.epoch, **values)


def _values(known: Known, fields: list[str]) -> str:
    shown = record_format.shown
    return ", ".join(f"{name} = {shown(known.record.get(name, '-'))}" for name in fields)


def _both(one: Known, other: Known) -> dict[str, object]:
    return {
        "one": told(one),
        "other": told(other),
        "one_file": one.path,
        "other_file": other.path,
    }


def _differ(
    known: Iterable[Known],
    group: Callable[[Known], Hashable],
    value: Callable[[Known], Hashable],
) -> Iterator[tuple[Known, Known]]:
    """Yield the first of each group, and each that has another value than all before it."""
    groups: dict[Hashable, dict[Hashable, Known]] = {}
    for item in known:
        seen = groups.setdefault(group(item), {})
        if value(item) not in seen:
            if seen:
                yield next(iter(seen.values())), item
            seen[value(item)] = item


def point_of(known: Iterable[Known], address: int) -> str | None:
    """Return where a node hangs now; a record that only brings a new key may not say so."""
    return next((at for at, item in holders(known).items() if item.address == address), None)


def holders(known: Iterable[Known]) -> dict[str, Known]:
    """Return who hangs at each point, as the records say, one after the other as they were made."""
    at: dict[str, Known] = {}
    point_of: dict[int, str] = {}
    alive = [item for item in known if item.state != IS_BURNT]
    for item in sorted(alive, key=lambda k: (k.made_s, k.epoch)):
        point = item.record.get("point")
        if item.state == RETIRED or point is not None:
            left = point_of.pop(item.address, None)
            if left in at and at[left].address == item.address:
                del at[left]
        if item.state != RETIRED and point is not None:
            at[point] = item
            point_of[item.address] = point
    return at
