"""Reliable delivery, without a socket and without a clock: two sides, the same six methods.

Place: journal -> NodeSession -> frames ))) frames -> GatewaySession -> ingest, and acks back.

    receive(frame, now_ms)    bytes of one frame from the link; never raises on them
    send(message, now_ms)     queue a message of our own
    data_to_send(now_ms)      the next frame for the link, or None
    next_event()              what happened, or None
    deadline()                when handle_timeout wants to be called, or None
    handle_timeout(now_ms)

Guarantee: the node forgets a sample only when the gateway said it is safe; the gateway says so
only after `acknowledge`, which its owner calls when the sample is on disk. An ack names the frame
it answers, and frame counters never repeat, so an old ack, replayed, is ignored.
Every refused frame is counted by kind in `refused`.

    node state   frame that goes out      leaves the state when
    GREETING     Hello                    an ack tells what the gateway expects
    READY        Status/Note, or Batch    the gateway asks for a Hello, or expects what is gone
"""

from protocol import batch as batches
from protocol import messages
from protocol._compat import const, ticks_add, ticks_diff
from protocol.envelope import parse
from protocol.errors import MALFORMED, REFUSALS, REPLAYED, DecodeError, FrameError
from protocol.window import ReplayWindow, SampleWindow

RETRY_FIRST_MS = const(1000)
RETRY_MIN_MS = const(250)
QUEUE_LIMIT = const(4)

# Events
ACKED = "acked"  # the gateway has everything below the number
TIME = "time"  # the gateway's clock, unix ms, at the moment of receipt
HELLO = "hello"
SAMPLES = "samples"
STATUS = "status"
NOTE = "note"
STRANGER = "stranger"  # a batch before any hello: nothing is stored, the ack asks for one


def _counters() -> dict:
    return dict.fromkeys(REFUSALS, 0)


class NodeSession:
    """The node's side: one frame in flight, repeated until it is acknowledged.

    `frames.take()` gives a number that was never used with this key (`protocol.counter`).
    `journal` has `oldest`, `next_number`, `run(limit, now_ms) -> Batch | None`, `release(number)`
    and `renumber(number)`. `now_ms` are ticks. `jitter(span)` returns 0 .. span - 1.
    """

    def __init__(
        self, envelope, frames, journal, hello, jitter, plain_limit=400, retry_max_ms=60000
    ):
        self._envelope = envelope
        self._frames = frames
        self._journal = journal
        self._hello = hello
        self._jitter = jitter
        self._plain_limit = plain_limit
        self._retry_max_ms = retry_max_ms
        self._retry_ms = RETRY_FIRST_MS
        self._greeted = False
        self._greeting = False  # the frame in flight is a Hello
        self._heard = False  # the last frame was acknowledged: the gateway knows our counter
        self._queue = []
        self._events = []
        self._outstanding = None  # counter of the frame in flight
        self._sent_at = 0
        self._deadline = None
        self.frames_sent = 0
        self.retries = 0
        self.queue_dropped = 0
        self.refused = _counters()

    def receive(self, frame: bytes, now_ms: int) -> None:
        """Take one frame from the gateway."""
        try:
            parsed = parse(frame)
            if self._outstanding is None:
                raise FrameError(REPLAYED)  # nothing was asked: an answer that came twice or late
            ack = messages.decode(self._envelope.open_answer(parsed, self._outstanding))
        except FrameError as e:
            self.refused[e.kind] += 1
            return
        except DecodeError:
            ack = None
        if isinstance(ack, messages.Ack):
            self._take_ack(ack, now_ms)
        else:
            self.refused[MALFORMED] += 1

    def _take_ack(self, ack, now_ms: int) -> None:
        self._outstanding = None
        self._deadline = None
        self._heard = True
        # The path was just seen to work: four round trips are patient enough for the next frame.
        round_trip_ms = ticks_diff(now_ms, self._sent_at)
        self._retry_ms = min(max(4 * round_trip_ms, RETRY_MIN_MS), self._retry_max_ms)
        if ack.unix_ms is not None:
            self._events.append((TIME, ack.unix_ms))
        if ack.expected is None:
            self._greeted = False
            return
        if ack.expected > self._journal.next_number:
            self._journal.renumber(ack.expected)
        self._journal.release(ack.expected)
        # What the gateway waits for may be gone from the journal: a Hello tells it so. After a
        # Hello a batch is due in any case, or a journal that overflows would only ever greet.
        self._greeted = self._greeting or ack.expected >= self._journal.oldest
        self._events.append((ACKED, ack.expected))

    def send(self, message, now_ms: int) -> None:
        """Queue a Status or Note, or raise ValueError where it cannot be sent.

        It goes out once, ahead of samples. A full queue drops its oldest.
        """
        plain = messages.encode(message)
        if len(self._queue) >= QUEUE_LIMIT:
            self._queue.pop(0)
            self.queue_dropped += 1
        self._queue.append(plain)

    def data_to_send(self, now_ms: int) -> bytes | None:
        """Return the next frame, or None while one is in flight or there is nothing to say."""
        if self._outstanding is not None:
            return None
        self._greeting = not self._greeted
        plain = self._next_plain(now_ms)
        if plain is None:
            return None
        counter = self._frames.take()
        frame = self._envelope.seal_up(counter, plain, whole=not self._heard)
        self._outstanding = counter
        self._sent_at = now_ms
        wait_ms = self._retry_ms + self._jitter(self._retry_ms // 4 + 1)
        self._deadline = ticks_add(now_ms, wait_ms)
        self.frames_sent += 1
        return frame

    def _next_plain(self, now_ms: int) -> bytes | None:
        if not self._greeted:
            boot, firmware = self._hello
            journal = self._journal
            hello = messages.Hello(boot, journal.oldest, journal.next_number, firmware)
            return messages.encode(hello)
        if self._queue:
            return self._queue.pop(0)
        limit = batches.MAX_SAMPLES
        while True:
            batch = self._journal.run(limit, now_ms)
            if batch is None:
                return None
            plain = messages.encode(batch)
            if len(plain) <= self._plain_limit or batch.count == 1:
                return plain
            limit = batch.count // 2

    def next_event(self) -> tuple | None:
        """Return the oldest event, (TIME, unix_ms) or (ACKED, number), or None."""
        return self._events.pop(0) if self._events else None

    def deadline(self) -> int | None:
        """Return the ticks at which the frame in flight counts as lost, or None."""
        return self._deadline

    def handle_timeout(self, now_ms: int) -> None:
        """Give up the frame in flight when its time is over; what it said is said again."""
        if self._deadline is None or ticks_diff(now_ms, self._deadline) < 0:
            return
        self._outstanding = None
        self._deadline = None
        self._heard = False
        self._retry_ms = min(2 * self._retry_ms, self._retry_max_ms)
        self.retries += 1


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
        self._events: list = []
        self._out: list = []
        self.duplicates = 0
        self.refused = _counters()

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
        if self.samples is None:
            self._events.append((STRANGER, counter, None, now_ms))
            return
        batch.first = batches.number_near(batch.first, self.samples.expected)
        fresh = self.samples.fresh(batch.first, batch.count)
        self.samples.accept(fresh)
        self.duplicates += batch.count - len(fresh)
        self._events.append((SAMPLES, counter, (batch, fresh, plain), now_ms))

    def _take_hello(self, counter: int, hello, now_ms: int) -> None:
        if self.samples is None:
            self.samples = SampleWindow(hello.oldest, 0, hello.next_number)
        lost = self.samples.give_up_below(hello.oldest)
        self.samples.top = max(self.samples.top, hello.next_number)
        self._events.append((HELLO, counter, (hello, lost), now_ms))

    def acknowledge(self, event: tuple, expected: int | None, unix_ms: int, now_ms: int) -> None:
        """Queue the answer to the frame of `event`, whose content is durable now.

        `expected` is what was stored with it: `samples` may already hold frames that came later.
        A crystal is good for minutes, so the time goes only to nodes that just spoke of themselves.
        """
        kind, counter = event[0], event[1]
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
