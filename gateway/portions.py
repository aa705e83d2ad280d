"""Segments become the messages that they leave in.

Place: lanes -> here -> publisher.
Guarantee: ports are read meanwhile. A row that the disk has changed is counted and left out; it
holds nothing up.
"""

import asyncio
import logging
from typing import NamedTuple

from gateway.clock import Clock
from gateway.delivery import Delivery
from gateway.outputs.json import Composer
from gateway.records import Segment
from protocol.errors import ProtocolError

log = logging.getLogger("gateway.publisher")

# Samples that are rendered before ports are read again. Live ones have to keep up with what ports
# bring meanwhile; a backlog has time.
_LIVE_SLICE = 2000
_BACKLOG_SLICE = 500


class Portion(NamedTuple):
    """Segments, the (topic, payload) of all their samples, and how many are late by node.

    `nodes` has for each topic the addresses whose samples may be in its messages.
    """

    segments: list[Segment]
    messages: list[tuple[str, bytes]]
    nodes: dict[str, set[int]]
    samples: int
    late: dict[int, int]
    undecodable: int

    def with_nodes_of(self, topics: set[str]) -> list[Segment]:
        """Return the segments that may hold samples for one of these topics."""
        nodes = set().union(*(self.nodes.get(topic, set()) for topic in topics))
        return [
            segment
            for segment in self.segments
            if nodes and any(frame.node in nodes for frame in segment.frames)
        ]


class Sent(NamedTuple):
    """A portion on its way; of the topics `left_out` nothing was sent: the broker refuses them."""

    portion: Portion
    delivery: Delivery
    left_out: set[str]


async def render(
    composer: Composer, segments: list[Segment], clock: Clock, backlog: bool = False
) -> Portion:
    """Return the messages of segments, in slices."""
    now_s = clock.unix_ms() / 1000
    count = undecodable = 0
    most = _BACKLOG_SLICE if backlog else _LIVE_SLICE
    for seq, frames, messages in segments:
        for i, frame in enumerate(frames):
            try:
                composer.add(frame, messages[i] if messages else None, now_s)
            except ProtocolError:  # it was decoded before it was stored: the disk changed it
                undecodable += 1
                log.error("a row of segment %d, node %d, cannot be read", seq, frame.node)
            count += frame.fresh.bit_count()
            if count >= most:
                count = 0
                await asyncio.sleep(0)
    messages = composer.take(backlog)
    samples, late = composer.samples, composer.late
    composer.samples, composer.late = 0, {}
    return Portion(segments, messages, composer.nodes, samples, late, undecodable)
