"""How much of the hour's answers is free, as the radios of all links say it themselves.

Place: links' `status` -> here -> `groups.Air`. Asked only while a command to a lab waits for air.
Guarantee: the busiest radio counts: nobody knows which of them a node will be answered by.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from protocol.airtime import sub_band
from protocol.lora import ANSWER_HZ, BANDWIDTH_HZ

_BAND = sub_band(ANSWER_HZ, BANDWIDTH_HZ).name


class Link(Protocol):
    """What is needed of a link."""

    def status(self) -> dict[str, Any]:
        """Return what the status of the gateway says of it."""


def free_fraction(links: Iterable[Link]) -> float:
    """Return 0.0 to 1.0; 1.0 where no link has a radio, or none has said anything yet."""
    free = 1.0
    for radio in _radios(links):
        band = radio.get("duty", {}).get(_BAND)
        if band and band["allowed_ms"] > 0:
            free = min(free, 1.0 - band["used_ms"] / band["allowed_ms"])
    return max(free, 0.0)


def _radios(links: Iterable[Link]) -> Iterator[dict[str, Any]]:
    for link in links:
        status = link.status()
        if "radio" in status:
            yield status["radio"]
        yield from status.get("concentrators", {}).values()
