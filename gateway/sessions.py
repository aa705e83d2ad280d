"""The protocol's sessions, one for each registered node, and their states on disk.

Place: under `ingest`: spool states -> sessions; sessions -> states for the next commit.
Guarantee: a session is always built from what is durable, so what was not committed never
happened as far as the protocol is concerned.
"""

from collections import deque

from gateway.cipher import FastCcm
from gateway.config import Node
from gateway.records import NodeState
from protocol.envelope import TAG_RADIO, TAG_WIRE, Envelope
from protocol.gateway_session import GatewaySession
from protocol.window import ReplayWindow, SampleWindow

_COPY_S = 5.0
_COPIED = 8  # frames: what two ports hold after a stall comes one port after the other


class Peer:
    """A registered node: its session, and what the ledger says of it."""

    def __init__(self, node: Node, state: NodeState | None):
        self.node = node
        self.received = state.received if state else 0
        self._duplicates = state.duplicates if state else 0
        replay = _replay(state) if state else ReplayWindow()
        samples = None
        if state and state.expected is not None:
            runs = [list(run) for run in state.runs]
            samples = SampleWindow(state.expected, runs, state.top, state.adrift)
        tag_length = TAG_RADIO if node.radio else TAG_WIRE
        envelope = Envelope(FastCcm(node.key), node.id, node.epoch, tag_length)
        self.session = GatewaySession(envelope, replay, samples)
        self._lately: deque[tuple[bytes, str, float]] = deque(maxlen=_COPIED)
        self.copies = 0

    def is_copy(self, frame: bytes, link: str, now_s: float) -> bool:
        """Say whether another modem has just brought this frame: it is no replay."""
        for last, where, at_s in self._lately:
            if frame == last and link != where and now_s - at_s < _COPY_S:
                self.copies += 1
                return True
        self._lately.append((frame, link, now_s))
        return False

    @property
    def key(self) -> tuple[int, int]:
        """Return (node, epoch)."""
        return self.node.id, self.node.epoch

    @property
    def duplicates(self) -> int:
        """Return how many samples came again after they were safe."""
        return self._duplicates + self.session.duplicates

    def state(self) -> NodeState:
        """Return what must be durable before anything of this moment is acknowledged."""
        replay, samples = self.session.replay, self.session.samples
        return NodeState(
            node=self.node.id,
            epoch=self.node.epoch,
            replay_top=replay.top,
            replay_mask=replay.mask,
            expected=samples.expected if samples else None,
            runs=tuple((first, end) for first, end in samples.runs) if samples else (),
            top=samples.top if samples else 0,
            received=self.received,
            duplicates=self.duplicates,
            hello=replay.hello,
            adrift=samples.adrift if samples else False,
        )


def _replay(state: NodeState) -> ReplayWindow:
    return ReplayWindow(state.replay_top, state.replay_mask, state.hello)


def build(nodes: tuple[Node, ...], states: list[NodeState]) -> dict[int, Peer]:
    """Return the peers by address."""
    known = {(state.node, state.epoch): state for state in states}
    return {node.id: Peer(node, known.get((node.id, node.epoch))) for node in nodes}
