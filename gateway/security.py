"""Security events: what an attacker, or whoever changes keys and settings, leaves behind.

Place: ingest, commands, registry and the CLI -> `event` -> log, /status, metrics.
Guarantee: an event is a record of its own, with fields, not a sentence to be searched for. Each is
counted; a flood writes at most `LINES` lines a minute and kind, one of each node, and fills nothing
but a ring of `RECENT` records. No value of bytes is ever written, so no key can be.
"""

import logging
from collections import Counter, deque
from typing import Any

from gateway.clock import Clock
from gateway.logs import utc

log = logging.getLogger("gateway.security")

RECENT = 100
EVERY_S = 60.0
LINES = 20  # a minute, of a kind that anybody on the air causes: enough to see who
_BY_HAND = 1000  # the same of what operators cause: all of it is to be found again
_TEXT = 200  # characters of one field

# What each kind means, how soon somebody should look, lines a minute, and whether each counts: else
# a node is told once a minute.
KINDS: dict[str, tuple[str, int, int, bool]] = {
    "bad_tag": (
        "a frame has a wrong tag: wrong key, damaged or forged",
        logging.WARNING,
        LINES,
        False,
    ),
    "replayed": ("a frame came that was taken before", logging.WARNING, LINES, False),
    "locked_out": ("short tags of a node are not tried for a while", logging.WARNING, LINES, False),
    "revoked": ("a revoked node was heard: its frame is evidence", logging.WARNING, LINES, False),
    "malformed": ("an authentic frame cannot be read", logging.WARNING, LINES, False),
    "config_change": ("configuration or registry changed", logging.INFO, _BY_HAND, True),
    "key_import": ("a key was imported", logging.INFO, _BY_HAND, True),
    "command_accepted": ("a command was accepted", logging.INFO, LINES, True),
    "command_refused": ("a command was refused", logging.WARNING, LINES, True),
}
_OTHER = ("a security event", logging.WARNING, LINES, False)


class SecurityLog:
    """One in a process; `counts` and `recent` are what the status and the metrics show."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._told: dict[tuple[str, int | None], float] = {}  # when it may be told again
        self._muted: Counter[tuple[str, int | None]] = Counter()
        self._lines: Counter[str] = Counter()
        self._minute_ends_s = 0.0
        self.counts: Counter[str] = Counter()
        self.recent: deque[dict[str, Any]] = deque(maxlen=RECENT)

    def event(self, kind: str, node: int | None, link: str, **fields: object) -> None:
        """Record that something of `kind` happened; `node` is an address, `link` where it came in.

        `fields` are numbers and texts. Never raises, whatever they are.
        """
        meaning, level, lines, is_each = KINDS.get(kind, _OTHER)
        self.counts[kind] += 1
        now = self._clock.monotonic_s()
        if now >= self._minute_ends_s:
            self._next_minute(now)
        who = (kind, node)
        if now < self._told.get(who, 0.0):
            self._muted[who] += 1
            return
        if self._lines[kind] >= lines:
            self._muted[kind, None] += 1
            return
        self._lines[kind] += 1
        if not is_each:
            self._told[who] = now + EVERY_S
        muted = self._muted.pop(who, 0) + self._muted.pop((kind, None), 0)
        record = self._record(kind, node, link, muted, fields)
        said = [f"{name} {value}" for name, value in record.items() if value not in ("", None)]
        log.log(level, "%s (%s)", meaning, ", ".join(said), extra={"neckar": record})

    def _next_minute(self, now: float) -> None:
        """Give every kind new lines, and forget who was quiet: so all tables stay small."""
        self._minute_ends_s = now + EVERY_S
        self._lines.clear()
        for who in [who for who, again in self._told.items() if again <= now - EVERY_S]:
            del self._told[who]
            self._muted.pop(who, None)

    def _record(
        self, kind: str, node: int | None, link: str, muted: int, fields: dict[str, object]
    ) -> dict[str, Any]:
        """Put a record into the ring and return it; `muted` of its kind were not told before."""
        record: dict[str, Any] = {"event": kind, "node": node, "link": _plain(link)}
        if muted:
            record["muted"] = muted
        for name, value in fields.items():
            record.setdefault(name, _plain(value))
        self.recent.append({"time": utc(self._clock.unix_ms() / 1000), **record})
        return record


def _plain(value: object) -> str | int | float | None:
    """Return what may be written of a value: of anything but texts and numbers only its kind."""
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        return "".join(c if c.isprintable() else "?" for c in value[:_TEXT])
    return f"<{type(value).__name__}>"
