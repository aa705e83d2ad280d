"""How the nodes are, lab by lab, and which of them are worst.

Place: sessions of ingest -> here -> metrics and /status.
Guarantee: looks at a few hundred nodes at a time and lets frames pass between, so that a city of
60,000 delays nothing; what it returns does not grow with the number of nodes or of labs.
"""

import asyncio
import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway import status
from gateway.sessions import Peer

if TYPE_CHECKING:
    from gateway.app import App

WORST = 10
LABS = 200
OTHER_LABS = "(others)"  # no name of a lab has brackets

_AT_ONCE = 250


@dataclass(slots=True)
class Lab:
    """Nodes of a lab that were heard since the start, and their samples."""

    online: int = 0
    silent: int = 0
    incomplete: int = 0  # nodes of which samples are missing
    missing: int = 0
    lost: int = 0


@dataclass(slots=True)
class Census:
    """`labs` by name. The lists are worst first and hold (value, address, name, lab).

    Values: `silent` seconds without a word, `missing` samples that may still come, `lost` samples.
    """

    registered: int = 0
    heard: int = 0
    labs: dict[str, Lab] = field(default_factory=dict)
    silent: list[tuple[int, int, str, str]] = field(default_factory=list)
    missing: list[tuple[int, int, str, str]] = field(default_factory=list)
    lost: list[tuple[int, int, str, str]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return what /status says of the nodes."""
        labs = {
            name: {key: getattr(lab, key) for key in Lab.__slots__}
            for name, lab in sorted(self.labs.items())
        }
        return {
            "registered": self.registered,
            "unheard": max(self.registered - self.heard, 0),
            "online": sum(lab.online for lab in self.labs.values()),
            "silent": sum(lab.silent for lab in self.labs.values()),
            "labs": labs,
            "worst": {
                "silent_s": _rows(self.silent),
                "missing": _rows(self.missing),
                "lost": _rows(self.lost),
            },
        }


def _rows(ranked: list[tuple[int, int, str, str]]) -> list[dict[str, Any]]:
    return [
        {"node": name, "lab": lab, "address": address, "value": value}
        for value, address, name, lab in ranked
    ]


async def take(app: "App") -> Census:
    """Count all nodes that were heard since the start; others run meanwhile."""
    census = Census(registered=app.registry.count())
    peers = list(app.ingest.peers.values())
    for i in range(0, len(peers), _AT_ONCE):
        _count(app, census, peers[i : i + _AT_ONCE])
        await asyncio.sleep(0)
    for ranked in (census.silent, census.missing, census.lost):
        ranked.sort(reverse=True)
    return census


def _count(app: "App", census: Census, peers: Iterable[Peer]) -> None:
    now_s = app.clock.monotonic_s()
    for peer in peers:
        node = peer.node
        state = status.state(app, peer.heard)
        if state == "unheard":  # only forged or damaged frames had its address
            continue
        census.heard += 1
        lab = _lab(census, node.lab)
        if state == "online":
            lab.online += 1
        else:
            lab.silent += 1
            _rank(census.silent, int(now_s - peer.heard.at_s), peer)
        samples = peer.session.samples
        missing = samples.missing() if samples else 0
        lab.incomplete += missing > 0
        lab.missing += missing
        lab.lost += peer.lost
        _rank(census.missing, missing, peer)
        _rank(census.lost, peer.lost, peer)


def _lab(census: Census, name: str) -> Lab:
    if name not in census.labs and len(census.labs) >= LABS:
        name = OTHER_LABS
    return census.labs.setdefault(name, Lab())


def _rank(heap: list[tuple[int, int, str, str]], value: int, peer: Peer) -> None:
    """Keep the largest values in a heap of bounded size."""
    if value <= 0:
        return
    entry = (value, peer.node.id, peer.node.name, peer.node.lab)
    if len(heap) < WORST:
        heapq.heappush(heap, entry)
    elif entry > heap[0]:
        heapq.heapreplace(heap, entry)
