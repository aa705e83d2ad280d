"""Segments become the messages that they leave in.

Place: lanes -> here -> publisher.
Guarantee: ports are read meanwhile. A row that the disk has changed is counted and left out; it
holds nothing up.
"""

import asyncio
import logging
from typing import NamedTuple

from gateway.clock import Clock
from gateway.outputs.json import Composer
from gateway.records import Segment
from protocol.errors import ProtocolError

log = logging.getLogger("gateway.publisher")

# Samples that are rendered before ports are read again. Live ones have to keep up with what ports
# bring meanwhile; a backlog has time.
_LIVE_SLICE = 2000
_BACKLOG_SLICE = 500


class Portion(NamedTuple):
    """Segments, the (topic, payload) of all their samples, and how many are late by node."""

    segments: list[Segment]
    messages: list[tuple[str, bytes]]
    samples: int
    late: dict[int, int]
    undecodable: int


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
    return Portion(segments, messages, samples, late, undecodable)
