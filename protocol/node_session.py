"""The node's side of a session: one frame in flight, repeated until it is acknowledged.

Place: journal -> NodeSession -> frames of a link, and answers back; methods as in `session`.
Guarantee: a sample leaves the journal only when the gateway said that it is safe.
"""

from protocol import batch as batches
from protocol import messages
from protocol._compat import const, ticks_add, ticks_diff
from protocol.envelope import parse
from protocol.errors import MALFORMED, REPLAYED, DecodeError, FrameError
from protocol.session import ACKED, TIME, counters
from protocol.window import SAMPLE_SPAN

RETRY_FIRST_MS = const(1000)
RETRY_MIN_MS = const(250)
QUEUE_LIMIT = const(4)


class NodeSession:
    """The node's side: one frame in flight, repeated until it is acknowledged.

    `frames.take()` gives a number that was never used with this key (`protocol.counter`).
    `journal` has `oldest`, `next_number`, `unsure_from`, `run(limit, now_ms) -> Batch | None`,
    `release(number)`, `give_up(number)` and `renumber(number)`. `now_ms` are ticks.
    `jitter(span)` returns 0 .. span - 1.
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
        self._expected = 0  # by the gateway, when it last answered
        self._queue = []
        self._events = []
        self._outstanding = None  # counter of the frame in flight
        self._sent_at = 0
        self._deadline = None
        self.frames_sent = 0
        self.retries = 0
        self.queue_dropped = 0
        self.refused = counters()

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
        self._expected = ack.expected
        if ack.expected > self._journal.unsure_from:
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
        # So much was dropped since the last answer that 16 bits could mislead: greet again.
        if self._journal.oldest - self._expected >= SAMPLE_SPAN:
            self._greeted = False
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
        return self._batch_plain(now_ms)

    def _batch_plain(self, now_ms: int) -> bytes | None:
        """Return the oldest samples that fit a frame, or None."""
        limit = batches.MAX_SAMPLES
        while True:
            batch = self._journal.run(limit, now_ms)
            if batch is None:
                return None
            try:
                plain = messages.encode(batch)
            except (ValueError, KeyError):
                plain = None  # written by a firmware that knew more than this one
            if plain is not None and (len(plain) <= self._plain_limit or batch.count == 1):
                return plain
            if plain is None and batch.count == 1:
                self._journal.give_up(batch.first)
                limit = batches.MAX_SAMPLES
            else:
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
