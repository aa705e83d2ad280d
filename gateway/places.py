"""Where samples were measured: the point and the lab of a node's key epoch at a moment.

Place: registry -> here -> outputs.
Guarantee: samples that hardware took before it was moved stay with the point where it was. What
no record names is published as `node-<address>` of the lab `unknown`.
"""

from bisect import bisect_right

from gateway.registry.history import history
from gateway.registry.registry import Registry

_KEPT = 4096


class Places:
    """Remembers histories until `forget`."""

    def __init__(self, registry: Registry):
        self._registry = registry
        self._known: dict[tuple[int, int], tuple[list[float], list[tuple[str, str]]]] = {}

    def where(self, address: int, epoch: int, time_s: int) -> tuple[str, str]:
        """Return (point, lab) of what was measured at `time_s`."""
        known = self._known.get((address, epoch))
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            entries = history(self._registry, address, epoch)
            known = [begin_s for begin_s, *_ in entries], [(p, lab) for _, p, lab in entries]
            self._known[address, epoch] = known
        begins, places = known
        if len(places) == 1:
            return places[0]
        return places[max(bisect_right(begins, time_s) - 1, 0)]

    def forget(self, addresses: set[int]) -> None:
        """The registry has changed."""
        if addresses:
            self._known = {k: v for k, v in self._known.items() if k[0] not in addresses}
