"""Opens a link that is gone, again and again.

Place: under `serial_port` and `udp_forwarder`.
Guarantee: the pause between two attempts grows up to `_PAUSE_MAX_S`; it is told once.
"""

import asyncio
from typing import Protocol

from gateway.ratelimit import RateLimit

PAUSE_FIRST_S = 0.25
_PAUSE_MAX_S = 10.0


class Gone(Protocol):
    """What is needed of a link."""

    name: str
    device: str
    reconnects: int

    def open(self) -> None:
        """Open it; OSError or ValueError says why not."""


async def reopen(link: Gone, limit: RateLimit) -> None:
    """Return when the link is open."""
    pause_s = PAUSE_FIRST_S
    while True:
        try:
            link.open()
            break
        except (OSError, ValueError):  # pyserial's own error is an OSError
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _PAUSE_MAX_S)
    link.reconnects += 1
    limit.warning("open", "%s: %s is open again", link.name, link.device)
