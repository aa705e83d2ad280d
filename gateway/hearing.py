"""What a node says that is no sample: kept for its status, or logged.

Place: ingest -> here -> status, log.
"""

import logging
from typing import Any

from gateway.ratelimit import RateLimit
from gateway.sessions import Peer
from protocol import session as events

log = logging.getLogger("gateway.ingest")


def hear(peer: Peer, event: tuple[str, Any, Any, int], limit: RateLimit) -> None:
    """Keep or log what an event says."""
    kind, _, content, _ = event
    name = peer.node.name
    if kind == events.HELLO:
        peer.heard.firmware = content[0].firmware
    elif kind == events.STATUS:
        peer.heard.fields = content.fields
    elif kind == events.NOTE:
        log.info("note from %s: %s", name, ascii(content.text))
    elif kind == events.CRASH:
        what = content.exception or "an exception"
        module = ascii(content.module)
        firmware = content.firmware.hex()
        log.warning("%s crashed: %s in %s:%d of %s", name, what, module, content.line, firmware)
    elif kind == events.RESULT:
        log.info("result of command %d from %s: %d", content.number, name, content.code)
    elif kind == events.UNREADABLE:
        text = "%s speaks a newer protocol: update this gateway; the node keeps its readings"
        limit.warning(f"unreadable {name}", text, name)
