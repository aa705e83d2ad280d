"""Which measuring points a node's key epoch has served, over time.

Place: registry -> here -> places.
Guarantee: the answers are those of `Registry.point_of`, for all times at once.
"""

from gateway.registry.registry import Registry

_EVER = float("-inf")


def history(registry: Registry, address: int, epoch: int) -> list[tuple[float, str, str]]:
    """Return (begin in unix seconds, point, lab), ascending; the first begins before all times."""
    moments = registry.rows(
        "SELECT since_s FROM installation WHERE address = ?1 OR point IN"
        " (SELECT point FROM installation WHERE address = ?1) ORDER BY since_s",
        address,
    )
    found: list[tuple[float, str, str]] = []
    for begin_s in (_EVER, *(since_s for (since_s,) in moments)):
        point, lab = registry.point_of(address, epoch, begin_s)
        if not found or found[-1][1:] != (point, lab):
            found.append((begin_s, point, lab))
    return found
