"""A gateway as `status`, `metrics` and `health` see it: the attributes they read, set by hand.

Does not model: frames, the disk, a broker; counters stand still until a test moves them.
"""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

from gateway.security import SecurityLog
from tests.fakes.clock import FakeClock


class FakeSamples:
    """What a session knows of a node's samples."""

    def __init__(self, top, missing):
        self.top = top
        self._missing = missing

    def missing(self):
        """Return how many samples are missing."""
        return self._missing


class FakePeer:
    """A node that was heard."""

    def __init__(self, address, name, lab, at_s, missing=0, lost=0, interval_s=60):
        self.node = SimpleNamespace(id=address, name=name, lab=lab)
        self.session = SimpleNamespace(samples=FakeSamples(100, missing), epoch=1)
        self.heard = SimpleNamespace(
            link="mast-1",
            at_ms=1_800_000_000_000,
            at_s=at_s,
            firmware="0.1.0",
            fields={"interval_s": interval_s},
        )
        self.lost = lost
        self.received, self.duplicates, self.copies = 99, 3, 0


class FakeLink:
    """A link; `radio` is what a modem adds to its status."""

    def __init__(self, name, kind="serial", radio=None, is_open=True, concentrators=None):
        self.name, self.kind, self.is_open = name, kind, is_open
        self.frames, self.bytes_in, self.garbled = 1234, 56789, 2
        self.reconnects, self.out_dropped = 1, 0
        self.radio = radio
        self.concentrators = concentrators

    def status(self):
        """Return what this kind adds."""
        if self.concentrators:
            return {"concentrators": self.concentrators}
        return {"radio": self.radio} if self.radio else {}


RADIO = {
    "frequency_hz": 868100000,
    "sf": 9,
    "answers": {"done": 812, "late": 1},
    "firmware": "0.2.0",
    "error": "",
    "duty": {"O": {"used_ms": 24800, "allowed_ms": 360000}},
    "self": {"uptime_s": 86400},
}


CONCENTRATOR = {
    "eui": "0016c001ff10a235",
    "frames": 9120,
    "quiet_s": 12.5,
    "pulling": True,
    "address_changes": 0,
    "answers": {"sent": 31},
    "duty": {"P": {"used_ms": 3600, "allowed_ms": 360000}},
    "self": {"rxnb": 9120},
}


class FakeApp:
    """All is well in it; `add` nodes, and spoil what a test is about."""

    def __init__(self, registered=3):
        self.clock = FakeClock()
        self.started_s = self.clock.monotonic_s()
        self.config = SimpleNamespace(
            gateway="gw-1",
            city="heilbronn",
            status_s=30.0,
            mqtt=SimpleNamespace(host="broker.example", port=8883, tls=True, exposed=False),
            spool=SimpleNamespace(path=Path("spool.db"), max_mb=1024),
            registry=SimpleNamespace(path=Path("/nowhere/registry.db")),
            http=SimpleNamespace(port=0),
        )
        self.links = [FakeLink("mast-1"), FakeLink("roof", "lora", RADIO)]
        self.registered = registered
        self.registry = SimpleNamespace(count=lambda: self.registered)
        self.ingest = SimpleNamespace(
            peers={},
            refused=Counter(bad_tag=2, unknown_node=7),
            queue_dropped=0,
            commits=40,
            samples=4000,
            waiting=0,
            storing=True,
            store_error="",
        )
        self.spool = SimpleNamespace(rows=0, bytes=0, dropped_samples=0, oldest_ms=None)
        self.publisher = SimpleNamespace(
            samples=3990,
            connected=True,
            refused_topics=0,
            error=None,
            undecodable=0,
            waiting=0,
            late=Counter(),
        )
        self.commands = SimpleNamespace(counters={"queued": 1, "acknowledged": 15})
        self.security = SecurityLog(self.clock)

    def add(self, address, name, lab="innenstadt", quiet_s=0.0, **more):
        """Add a node that was heard `quiet_s` ago."""
        at_s = self.clock.monotonic_s() - quiet_s
        self.ingest.peers[address] = FakePeer(address, name, lab, at_s, **more)
