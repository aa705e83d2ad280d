"""The protocol's sessions, one for each node that was heard, built from the disk when it is heard.

Place: under `ingest`: spool state -> session; session -> state for the next commit.
Guarantee: a session is always built from what is durable, so what was not committed never
happened as far as the protocol is concerned. Nodes that were never heard cost nothing.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.cipher import FastCcm
from gateway.records import NodeState
from gateway.registry.node import Node
from protocol.envelope import TAG_RADIO, TAG_WIRE, Envelope
from protocol.gateway_session import GatewaySession
from protocol.window import ReplayWindow, SampleWindow

_COPY_S = 5.0
_COPIED = 8  # frames: what two ports hold after a stall comes one port after the other


class Link(Protocol):
    """What ingest needs of the way that a frame came: a name, and a way to answer.

    `quality` is (RSSI in dBm, SNR in quarters of a dB, margin in dB), which the node is told.
    `wait_s` is how long an answer may wait for a copy that another link heard better.
    """

    name: str
    quality: tuple[int, int, int] | None
    wait_s: float

    def send(self, frame: bytes, on_sent: Callable[[], None] | None = None) -> None:
        """Send a frame to whoever listens on this link; `on_sent` is called when it has left."""


@dataclass
class Heard:
    """What a node said lately, for its status; not durable."""

    link: str = ""
    at_ms: int = 0
    at_s: float = 0.0
    firmware: str = ""
    fields: dict[str, int] = field(default_factory=dict)

    def now(self, link: str, at_ms: int, at_s: float) -> None:
        """Something authentic came."""
        self.link, self.at_ms, self.at_s = link, at_ms, at_s


class Arrival:
    """A frame that several links may have heard: `link` is the one that heard it best."""

    __slots__ = ("at_s", "frame", "link")

    def __init__(self, frame: bytes, link: Link, at_s: float):
        self.frame = frame
        self.link = link
        self.at_s = at_s


class Peer:
    """A registered node: its session, and what the ledger says of it.

    `state` returns what is durable of a key epoch, or None; `lost` counts samples lost for good.
    """

    def __init__(
        self, node: Node, state: Callable[[int, int], NodeState | None], heard: Heard, lost: int = 0
    ):
        self.node = node
        self.heard = heard
        self.lost = lost
        self.copies = 0
        self._lately: deque[Arrival] = deque(maxlen=_COPIED)
        known = state(node.id, node.epoch)
        keys = [(node.epoch, node.key)]
        for epoch, key in node.older:
            if known is not None:
                break
            # The newest key was never heard: the node may not have it yet.
            keys.insert(0, (epoch, key))
            known = state(node.id, epoch)
        self.received = known.received if known else 0
        self._duplicates = known.duplicates if known else 0
        self.session = self._session(keys, known)

    def _session(self, keys: list[tuple[int, bytes]], known: NodeState | None) -> GatewaySession:
        samples = None
        if known and known.expected is not None:
            runs = [list(run) for run in known.runs]
            samples = SampleWindow(known.expected, runs, known.top, known.adrift)
        replay = ReplayWindow()
        if known:
            replay = ReplayWindow(known.replay_top, known.replay_mask, known.hello)
        session = GatewaySession(self._envelope(*keys[0]), replay, samples)
        for epoch, key in keys[1:]:
            session.add_key(self._envelope(epoch, key), ReplayWindow())
        return session

    def _envelope(self, epoch: int, key: bytes) -> Envelope:
        tag_length = TAG_RADIO if self.node.radio else TAG_WIRE
        return Envelope(FastCcm(key), self.node.id, epoch, tag_length)

    def arrive(self, frame: bytes, link: Link, now_s: float) -> Arrival | None:
        """Return a frame's arrival, or None where another link brought it just now: no replay."""
        for known in self._lately:
            if frame == known.frame and link.name != known.link.name and _is_soon(known, now_s):
                self.copies += 1
                if _margin(link) > _margin(known.link):
                    known.link = link
                return None
        arrival = Arrival(frame, link, now_s)
        self._lately.append(arrival)
        return arrival

    @property
    def key(self) -> tuple[int, int]:
        """Return (node, epoch of the key in use)."""
        return self.node.id, self.session.epoch

    @property
    def duplicates(self) -> int:
        """Return how many samples came again after they were safe."""
        return self._duplicates + self.session.duplicates

    def state(self) -> NodeState:
        """Return what must be durable before anything of this moment is acknowledged."""
        session = self.session
        replay, samples = session.replay, session.samples
        counted = self.received, self.duplicates, replay.hello
        if samples is None:
            return NodeState(
                *self.key, replay.top, replay.mask, None, (), 0, *counted, adrift=False
            )
        runs: Any = samples.runs
        return NodeState(
            *self.key,
            replay.top,
            replay.mask,
            samples.expected,
            tuple(map(tuple, runs)) if runs else (),
            samples.top,
            *counted,
            samples.adrift,
        )


def _is_soon(arrival: Arrival, now_s: float) -> bool:
    return now_s - arrival.at_s < _COPY_S


def _margin(link: Link) -> int:
    """Return how well a link heard its frame, in dB; nothing is better than a cable."""
    return link.quality[2] if link.quality else 1000
