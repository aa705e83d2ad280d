"""What comes in between two commits: rows for the disk, and who waits for which answer.

Place: under `ingest`.
Guarantee: of a node's frames of samples only the newest that asks is answered: a node asks one
question at a time, and an answer speaks of all its samples.
"""

from typing import Any

from gateway.records import NODE_DROPPED, UNKNOWN_BEFORE, Day, Frame, Group, Loss, Segment
from gateway.sessions import Peer
from protocol import session as events

_DAY_S = 86_400
_MEMORY = 48 * 1024  # bytes of plaintext: decoded they are eighty times as much


class Collecting:
    """`take` events; `finish` before the commit."""

    def __init__(self, late_after_s: int):
        self._late_after_s = late_after_s
        self.group = Group()
        self.count = 0
        self.samples = 0
        self.touched: dict[int, Peer] = {}  # by id(): hashing a peer would cost more
        self.asks: dict[int, tuple[Peer, Any, tuple]] = {}
        self._usual: dict[int, tuple] = {}
        self.others: list[tuple[Peer, Any, tuple]] = []
        self.promises: dict[int, tuple] = {}
        self._messages: list[Any] = []
        self._kept = 0
        self._latest: dict[int, Day] = {}  # the day that a peer's last samples were of

    def take_usual(
        self, peer: Peer, way: Any, message: Any, plain: bytes, asks: bool, at_ms: int
    ) -> None:
        """Take a frame of which all samples are new, the next that were due."""
        self.count += 1
        key = id(peer)
        count = message.count
        peer.received += count
        self.samples += count
        session = peer.session
        if asks:
            sealed_with = session.keys[0]
            top = sealed_with.replay.top
            self._usual[key] = peer, way, message, plain, sealed_with, top, at_ms
        first = message.first
        received_s = at_ms // 1000
        newest_s = message.newest(received_s)[0]
        oldest_s = newest_s - (count - 1) * message.interval_s
        late_s = received_s - self._late_after_s
        day = newest_s // _DAY_S
        epoch = session.epoch
        samples: Any = session.samples
        entry = self._latest.get(key)
        if (
            entry is None
            or entry.day != day
            or entry.epoch != epoch
            or oldest_s // _DAY_S != day
            or oldest_s < late_s <= newest_s
            or first + count != samples.top
        ):
            self.touched[key] = peer
            numbers = message.numbers()
            self._date(peer, epoch, message, numbers, received_s)
        else:
            entry.end = first + count
            entry.received += count
            if newest_s < late_s:
                entry.late += count
        node = peer.node.id
        self.group.frames.append(Frame(node, epoch, first, (1 << count) - 1, at_ms, plain))
        self._keep(message, plain)

    def take(self, peer: Peer, way: Any, event: tuple[str, Any, Any, int]) -> None:
        """Take what became of a frame that came by `way`."""
        self.count += 1
        key = id(peer)
        self.touched[key] = peer
        kind, uplink, content, at_ms = event
        if kind != events.SAMPLES:
            self._note_losses(peer, uplink, event)
            self.others.append((peer, way, event))
            return
        message, fresh, plain, lost, _ = content
        if uplink.asks:
            self._usual.pop(key, None)
            self.asks[key] = peer, way, event
        if lost:
            self._note_losses(peer, uplink, event)
        if not fresh:
            return
        count = len(fresh)
        peer.received += count
        self.samples += count
        first = message.first
        low, end = fresh[0], fresh[-1] + 1
        if low == first and end - first == count:
            mask = (1 << count) - 1
        else:
            mask = sum([1 << (number - first) for number in fresh])
        epoch = uplink.key.envelope.epoch
        self.group.frames.append(Frame(peer.node.id, epoch, first, mask, at_ms, plain))
        self._keep(message, plain)
        self._date(peer, epoch, message, fresh, at_ms // 1000)

    def _date(
        self, peer: Peer, epoch: int, message: Any, fresh: list[int], received_s: int
    ) -> None:
        """Put samples into the ledger of their days."""
        late_s = received_s - self._late_after_s
        last = message.first + message.span - 1
        samples: Any = peer.session.samples
        is_behind = last + 1 < samples.top
        interval_s = message.interval_s
        last_s = message.newest(received_s)[0]
        oldest_s = last_s - (last - fresh[0]) * interval_s
        newest_s = last_s - (last - fresh[-1]) * interval_s
        day = oldest_s // _DAY_S
        if day == newest_s // _DAY_S and (oldest_s >= late_s or newest_s < late_s):
            late = len(fresh) if newest_s < late_s else 0
            self._count(peer, epoch, day, fresh, is_behind, late)
            return
        for number in fresh:
            time_s = last_s - (last - number) * interval_s
            self._count(peer, epoch, time_s // _DAY_S, [number], is_behind, int(time_s < late_s))

    def _count(
        self, peer: Peer, epoch: int, day: int, numbers: list[int], is_behind: bool, late: int
    ) -> None:
        entry = self._latest.get(id(peer))
        if entry is None or entry.day != day or entry.epoch != epoch:
            entry = self._entry(peer, epoch, day, numbers)
        if numbers[0] < entry.low:
            entry.low = numbers[0]
        if numbers[-1] >= entry.end:
            entry.end = numbers[-1] + 1
        entry.received += len(numbers)
        entry.late += late
        if is_behind:
            entry.recovered += len(numbers)

    def _entry(self, peer: Peer, epoch: int, day: int, numbers: list[int]) -> Day:
        """Return the ledger of a day, which is begun where there is none."""
        key = peer.node.id, epoch, day
        entry = self.group.days.get(key)
        if entry is None:
            entry = self.group.days[key] = Day(*key, numbers[0], numbers[-1] + 1)
        self._latest[id(peer)] = entry
        return entry

    def _note_losses(self, peer: Peer, uplink: Any, event: tuple[str, Any, Any, int]) -> None:
        epoch = uplink.key.envelope.epoch
        for first, last, reason in lost_by(event):
            peer.lost += last - first + 1
            loss = Loss(peer.node.id, epoch, first, last, reason, event[3])
            self.group.losses.append(loss)

    def finish(self) -> None:
        """Fix states and promises of this moment: nothing that comes later is in the commit."""
        for key, (peer, way, *usual) in self._usual.items():
            self.asks[key] = peer, way, peer.session.usual_event(*usual)
        self.group.states = [peer.state() for peer in self.touched.values()]
        self.promises = {key: peer.session.promise() for key, peer in self.touched.items()}

    def _keep(self, message: Any, plain: bytes) -> None:
        """Keep what a frame says for the publisher, as far as memory is bounded."""
        self._kept += len(plain)
        self._messages.append(message if self._kept <= _MEMORY else None)

    def with_messages(self, segments: list[Segment]) -> list[Segment]:
        """Return the segments with their decoded frames."""
        out = []
        at = 0
        for segment in segments:
            end = at + len(segment.frames)
            out.append(Segment(segment.seq, segment.frames, self._messages[at:end]))
            at = end
        return out


def lost_by(event: tuple[str, Any, Any, int]) -> list[tuple[int, int, str]]:
    """Name what is gone by an event, as (first, last, reason)."""
    kind, _, content, _ = event
    if kind in (events.SAMPLES, events.HELLO):
        lost, is_new = content[-2:]
    elif kind == events.GONE:
        lost, is_new = content, False
    else:
        return []
    reason = UNKNOWN_BEFORE if is_new else NODE_DROPPED
    return [(first, end - 1, reason) for first, end in lost]
