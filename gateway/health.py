"""What is wrong with the gateway right now, and what an operator can do about it.

Place: counters of all parts -> `tick` each second -> /health, /status, metrics.
Guarantee: an error means that readings do not move: not stored, not heard or not delivered. All
else is a warning. What happened once is forgotten after `LATELY_S`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.radios import duty_used, fault, radios

if TYPE_CHECKING:
    from gateway.app import App

ERROR, WARNING = "error", "warning"
BROKER_AWAY_S = 300  # a broker is restarted now and then: until then it is only a warning
STALLED_S = 30
LATELY_S = 600
_FULL = 0.8
_DUTY_USED = 0.9


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is for machines; `text` says what is, `do` what to do."""

    level: str
    code: str
    text: str
    do: str


class Health:
    """Call `tick` each second; `problems` returns errors first."""

    def __init__(self, app: "App"):
        self._app = app
        self._broker_seen_s = app.clock.monotonic_s()
        self._moved_s = app.clock.monotonic_s()
        self._commits = -1
        self._counts: dict[str, int] = {}
        self._grew_s: dict[str, float] = {}

    @property
    def broker_away_s(self) -> float:
        """Return for how long the broker has taken nothing; 0 while all is well."""
        return 0.0 if self._delivers() else self._app.clock.monotonic_s() - self._broker_seen_s

    @property
    def is_stalled(self) -> bool:
        """Say whether frames wait, and for long none of them was stored."""
        return self._app.clock.monotonic_s() - self._moved_s >= STALLED_S

    def tick(self) -> None:
        """Note what moved since the last time."""
        app, now_s = self._app, self._app.clock.monotonic_s()
        if self._delivers():
            self._broker_seen_s = now_s
        if app.ingest.commits != self._commits or not app.ingest.waiting:
            self._commits, self._moved_s = app.ingest.commits, now_s
        counts = {
            "queue_dropped": app.ingest.queue_dropped,
            "samples_dropped": app.spool.dropped_samples,
            "undecodable": app.publisher.undecodable,
            "locked_out": app.security.counts["locked_out"],
            "revoked": app.security.counts["revoked"],
        }
        for name, count in counts.items():
            if count > self._counts.get(name, 0):
                self._grew_s[name] = now_s
        self._counts = counts

    def problems(self) -> list[Problem]:
        """Return what is wrong now: errors first."""
        found = [*self._storing(), *self._broker(), *self._links(), *self._lately()]
        if not self._app.registry.count():
            found.append(
                Problem(
                    WARNING,
                    "no_nodes",
                    "no node is registered, so every frame is refused",
                    "neckar-gateway nodes import FILE, with the records of tools/flash",
                )
            )
        return sorted(found, key=lambda p: p.level != ERROR)

    def _delivers(self) -> bool:
        return self._app.publisher.connected and not self._app.publisher.error

    def _storing(self) -> list[Problem]:
        ingest, spool, config = self._app.ingest, self._app.spool, self._app.config.spool
        found = []
        if not ingest.storing:
            text = f"nothing is stored: {ingest.store_error}"
            do = "make room on the disk, or replace it; nodes keep their samples meanwhile"
            found.append(Problem(ERROR, "not_storing", text, do))
        elif self.is_stalled:
            text = f"frames wait for the disk, none was stored for {STALLED_S} s"
            do = "look at the disk (dmesg); systemd restarts the gateway if it stays so"
            found.append(Problem(ERROR, "stalled", text, do))
        if spool.bytes > _FULL * config.max_mb * 2**20:
            text = f"the spool holds {spool.bytes // 2**20} of {config.max_mb} MB"
            do = "bring the broker back, or raise spool.max_mb: then the oldest are dropped"
            found.append(Problem(WARNING, "spool_filling", text, do))
        return found

    def _broker(self) -> list[Problem]:
        if self._delivers():
            refused = self._app.publisher.refused_topics
            text = f"the broker refuses {refused} topics: what they are to get waits on disk"
            do = "let this gateway publish them (the broker's rights); the log names them"
            return [Problem(ERROR, "refused", text, do)] if refused else []
        away_s = self.broker_away_s
        reason = self._app.publisher.error or "not connected yet"
        level = ERROR if away_s > BROKER_AWAY_S else WARNING
        text = f"the broker takes nothing for {int(away_s)} s: {reason}"
        do = "look at the broker and the line to it (neckar-gateway check --online)"
        return [Problem(level, "broker_away", text, do)]

    def _links(self) -> list[Problem]:
        links = self._app.links
        found = []
        if not any(link.is_open for link in links):
            text = "no link is open: nothing can be heard"
            found.append(Problem(ERROR, "no_link", text, "neckar-gateway check says what is there"))
        else:
            for link in links:
                if not link.is_open:
                    do = "plug it in or start it; it is found again by itself"
                    found.append(Problem(WARNING, "link_closed", f"{link.name} is not open", do))
        for link in links:
            if link.is_open:
                found += _radios(link.name, link.status())
        return found

    def _lately(self) -> list[Problem]:
        now_s = self._app.clock.monotonic_s()
        return [
            Problem(WARNING, name, text, do)
            for name, (text, do) in _LATELY.items()
            if now_s - self._grew_s.get(name, -LATELY_S) < LATELY_S
        ]


_LATELY = {
    "samples_dropped": (
        "the spool is over its bounds: the oldest samples are being dropped",
        "bring the broker back, or raise spool.max_mb and spool.max_age_days",
    ),
    "queue_dropped": (
        "frames came faster than the disk stores them; nodes send them again",
        "look at the disk and at the machine's load",
    ),
    "undecodable": (
        "rows of the spool cannot be read any more: the disk changes what it holds",
        "replace the disk or the SD card",
    ),
    "locked_out": (
        "somebody with a radio forges frames: short tags of a node are locked out",
        "see security events; the node is still heard with longer tags",
    ),
    "revoked": (
        "a revoked node sends",
        "see security events; its frames are kept as evidence",
    ),
}


def _radios(link: str, status: dict[str, Any]) -> list[Problem]:
    found = []
    for name, radio in radios(link, status):
        if text := fault(radio):
            do = "check what it names; it goes on trying"
            found.append(Problem(WARNING, "radio", f"{name}: {text}", do))
        for band, used in duty_used(radio).items():
            if used > _DUTY_USED:
                text = f"{name}: {int(used * 100)} % of its hour in {band} is used"
                do = "more modems, or nodes that ask less: answers are held back"
                found.append(Problem(WARNING, "duty", text, do))
    return found
