"""The gateway's side of a session, for one node and key epoch.

Place: frames of a link -> GatewaySession -> ingest, and answers back; methods as in `session`.
Guarantee: it says "safe" only when its owner says that the samples are on disk.
"""

from protocol import batch as batches
from protocol import messages
from protocol.errors import MALFORMED, DecodeError, FrameError
from protocol.session import HELLO, NOTE, SAMPLES, STATUS, STRANGER, counters
from protocol.window import ReplayWindow, SampleWindow


class GatewaySession:
    """The gateway's side of one node and key epoch.

    `replay` and `samples` are the windows of the node's frames and samples, to be stored with what
    was received; `samples` is None until the first Hello. The owner takes the events, makes them
    durable, and calls `acknowledge` once for each; if storing fails it throws this object away
    and builds the next from what is on disk. `receive` takes what `envelope.parse` returned, as
    the gateway needs the address to find the session.
    """

    def __init__(self, envelope, replay: ReplayWindow, samples: SampleWindow | None):
        self._envelope = envelope
        self.replay = replay
        self.samples = samples
        self._hello = -1  # counter of the newest Hello
        self._events: list = []
        self._out: list = []
        self.duplicates = 0
        self.refused = counters()

    def receive(self, parsed, now_ms: int) -> None:
        """Take one parsed frame of this node; `now_ms` is kept in the events."""
        try:
            counter, plain = self._envelope.open_up(parsed, self.replay)
        except FrameError as e:
            self.refused[e.kind] += 1
            return
        try:
            self._dispatch(counter, messages.decode(plain), plain, now_ms)
        except DecodeError:
            # Authentic, yet unreadable: a newer firmware. No ack: the node keeps its samples.
            self.refused[MALFORMED] += 1

    def _dispatch(self, counter: int, message, plain: bytes, now_ms: int) -> None:
        if isinstance(message, batches.Batch):
            self._take_batch(counter, message, plain, now_ms)
        elif isinstance(message, messages.Hello):
            self._take_hello(counter, message, now_ms)
        elif isinstance(message, messages.Status):
            self._events.append((STATUS, counter, message, now_ms))
        elif isinstance(message, messages.Note):
            self._events.append((NOTE, counter, message, now_ms))
        else:
            raise DecodeError("not for a gateway")

    def _take_batch(self, counter: int, batch, plain: bytes, now_ms: int) -> None:
        if counter < self._hello:
            return  # overtaken by a Hello, which may have numbered anew: the node sends it again
        if self.samples is not None:
            batch.first = batches.number_near(batch.first, self.samples.expected)
        if self.samples is None or not self.samples.reaches(batch.first + batch.count - 1):
            self._events.append((STRANGER, counter, None, now_ms))
            return
        fresh = self.samples.fresh(batch.first, batch.count)
        self.samples.accept(fresh)
        self.duplicates += batch.count - len(fresh)
        self._events.append((SAMPLES, counter, (batch, fresh, plain), now_ms))

    def _take_hello(self, counter: int, hello, now_ms: int) -> None:
        self._hello = max(self._hello, counter)
        is_new = self.samples is None
        samples = self.samples = self.samples or SampleWindow(hello.oldest)
        gone_below = hello.oldest
        # A journal that ends before what is expected was lost: what it held beyond is gone too.
        # Only the newest frame may say so; one that was overtaken on its way is out of date.
        if hello.next_number <= samples.expected and counter == self.replay.top:
            gone_below = max(gone_below, samples.top)
        lost = samples.give_up_below(gone_below)
        samples.top = max(samples.top, hello.next_number)
        self._events.append((HELLO, counter, (hello, lost, is_new), now_ms))

    def acknowledge(self, event: tuple, expected: int | None, unix_ms: int, now_ms: int) -> None:
        """Queue the answer to the frame of `event`, whose content is durable now.

        `expected` is what was stored with it: `samples` may already hold frames that came later.
        A crystal is good for minutes, so the time goes only to nodes that just spoke of themselves.
        """
        kind, counter = event[0], event[1]
        if kind == STRANGER:
            expected = None
        ack = messages.Ack(expected, unix_ms if kind in (HELLO, STATUS) else None)
        self.send((counter, ack), now_ms)

    def send(self, message: tuple, now_ms: int) -> None:
        """Queue (counter, message): the one answer to uplink `counter`."""
        self._out.append(message)

    def data_to_send(self, now_ms: int) -> bytes | None:
        """Return the next frame for the node, or None."""
        if not self._out:
            return None
        counter, message = self._out.pop(0)
        return self._envelope.seal_answer(counter, messages.encode(message))

    def next_event(self) -> tuple | None:
        """Return the oldest event, (kind, counter, content, now_ms), or None."""
        return self._events.pop(0) if self._events else None

    def deadline(self) -> int | None:
        """The gateway answers and never asks: it has no deadline."""
        return None

    def handle_timeout(self, now_ms: int) -> None:
        """Nothing to do: see `deadline`."""
