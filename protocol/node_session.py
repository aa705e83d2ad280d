"""The node's side of a session: live samples first, then what the gateway misses.

Place: journal -> NodeSession -> frames of a link, and answers back; methods as in `session`.
Guarantee: a sample leaves the journal only when the gateway said that it is safe. At most one
frame waits for an answer. Live samples never wait for older ones, except for one frame of them.
"""

from protocol import messages
from protocol._compat import const, ticks_add, ticks_diff
from protocol.backfill import Backfill
from protocol.envelope import parse
from protocol.errors import MALFORMED, REPLAYED, DecodeError, FrameError
from protocol.fields import COMMAND as COMMAND_KIND
from protocol.fields import RESULT
from protocol.live import Live
from protocol.session import ACKED, COMMAND, LINK, QUEUE_LIMIT, TIME, UPDATE, counters, wired

_STRONG_AFTER = const(3)  # asks in vain
_TIME_PATIENCE_MS = const(5000)
_SEEN_LIMIT = const(1 << 31)


class NodeSession:
    """The node's side: what is due, one frame at a time.

    `frames.take()` gives a number that was never used with this key (`protocol.counter`).
    `journal` has `oldest`, `next_number`, `unsure_from`, `run(first, limit, now_ms)` -> Batch of
    samples from number `first` on, or None where that one is not there, `release(number)` and
    `renumber(number)`. `now_ms` are ticks. `jitter(span)` returns 0 .. span - 1.
    `may_send(is_live, now_ms)` returns the ms to wait for the budget of the air, 0: none.
    """

    def __init__(self, envelope, frames, journal, hello, jitter, policy=None, may_send=None):
        self._envelope = envelope
        self._frames = frames
        self._journal = journal
        self._hello = hello
        self._jitter = jitter
        self._policy = policy or wired()
        self._may_send = may_send
        self._retry_ms = self._policy.retry_ms[0]
        self._greeted = False
        self._heard = False  # the last ask was answered: the gateway knows our counter
        self._live = Live(journal, self._policy)
        self._backfill = Backfill(journal)
        self._queue = []  # (plain, is it repeated until it is answered)
        self._in_flight = None  # the queue's item that waits for its answer
        self._events = []
        self._outstanding = None  # counter of the frame in flight
        self._deadline = None
        self._ask_at = None  # after an ask in vain: when the next may be
        self._since_ask = 0
        self._vain = 0
        self._more = False
        self._strong = False
        self._command = None  # number of the last command, and what came of it
        self._result = None
        self._flush = False
        self._was_live = False  # the last frame of samples
        self._sent_at = 0
        self._wake_at = None  # when something may be due that is not yet
        self.frames_sent = 0
        self.retries = 0
        self.queue_dropped = 0
        self.refused = counters()

    # ------------------------------------------------------------------ what comes in

    def receive(self, frame: bytes, now_ms: int) -> None:
        """Take one frame from the gateway."""
        try:
            parsed = parse(frame)
            if self._outstanding is None:
                raise FrameError(REPLAYED)  # nothing was asked: an answer that came twice or late
            message = messages.decode(self._envelope.open_answer(parsed, self._outstanding))
        except FrameError as e:
            self.refused[e.kind] += 1
            return
        except DecodeError:
            self.refused[MALFORMED] += 1
            return
        if not messages.is_answer(message):
            self.refused[MALFORMED] += 1
            return
        self._more = parsed.more
        self._answered(now_ms)
        if isinstance(message, messages.Ack):
            self._take_ack(message, now_ms)
        elif message.kind == COMMAND_KIND:
            self._take_command(message, now_ms)
        else:
            self._events.append((UPDATE, message))

    def _answered(self, now_ms: int) -> None:
        self._outstanding = None
        self._deadline = None
        self._ask_at = None
        self._in_flight = None
        self._live.answered()
        self._heard = True
        self._since_ask = 0
        self._vain = 0
        # The path was just seen to work: four round trips are patient enough for the next frame.
        _, least, most = self._policy.retry_ms
        round_trip_ms = ticks_diff(now_ms, self._sent_at)
        self._retry_ms = min(max(4 * round_trip_ms, least), most)

    def _take_ack(self, ack, now_ms: int) -> None:
        # What was long on its way is no time any more; the next answer brings another.
        if ack.unix_ms is not None and ticks_diff(now_ms, self._sent_at) < _TIME_PATIENCE_MS:
            self._events.append((TIME, ack.unix_ms))
        if ack.link is not None:
            self._events.append((LINK, ack.link))
        self._strong = ack.strong
        if ack.unreadable:
            # What it cannot read today, it will not read in a second.
            self._ask_at = ticks_add(now_ms, self._policy.retry_ms[2])
        if ack.expected is None:
            self._greeted = False
            return
        journal = self._journal
        # Beyond half of all numbers it is no word of an honest gateway, and would end this journal.
        if ack.seen is not None and journal.unsure_from < ack.seen < _SEEN_LIMIT:
            journal.renumber(ack.seen)
            self._live.sent_to = ack.seen
        self._greeted = True  # only now: flash may have refused
        top = self._backfill.learn(ack.expected, ack.gaps, self._live.sent_to)
        self._live.known = top
        self._events.append((ACKED, ack.expected))
        journal.release(ack.expected)  # last: flash may refuse, and the next answer brings it again
        self._flush = self._flush and journal.oldest < journal.next_number

    def _take_command(self, command, now_ms: int) -> None:
        """Hand a command on once; where its Result did not arrive, say that again."""
        if command.number != self._command:
            self._command = command.number
            self._result = None
            self._events.append((COMMAND, command))
            return
        self._more = False  # it is still being carried out: no reason to fetch it again at once
        if self._result is not None:
            self.send(self._result, now_ms)

    # ------------------------------------------------------------------ what goes out

    def send(self, message, now_ms: int) -> None:
        """Queue a message, or raise ValueError where it cannot be sent.

        It goes out ahead of samples. A full queue drops its oldest.
        """
        item = (messages.encode(message), messages.is_repeated(message))
        if messages.kind_of(message) == RESULT and message.number == self._command:
            self._result = message
        if len(self._queue) >= QUEUE_LIMIT:
            self._queue.pop(0)
            self.queue_dropped += 1
        self._queue.append(item)

    def flush(self) -> None:
        """Send what waits, however few, and ask until all is safe: before a node goes."""
        self._flush = True

    def rekey(self, envelope) -> None:
        """Use the key of another epoch from the next frame on; it is durable already."""
        self._envelope = envelope
        self._heard = False

    def data_to_send(self, now_ms: int) -> bytes | None:
        """Return the next frame, or None while one is in flight or there is nothing to say."""
        self._wake_at = None
        if self._outstanding is not None:
            return None
        if self._ask_at is not None and ticks_diff(now_ms, self._ask_at) >= 0:
            self._ask_at = None
        may_ask = self._ask_at is None
        self._wake_at = self._ask_at
        wait_ms = self._may_send(True, now_ms) if self._may_send else 0
        if wait_ms:
            self._wake_at = ticks_add(now_ms, wait_ms)
            return None
        if not self._greeted and may_ask:
            return self._frame(self._hello_plain(), True, now_ms)
        if self._is_mute(may_ask):
            return None
        plain, asks = self._due(now_ms, may_ask)
        return None if plain is None else self._frame(plain, asks, now_ms)

    def _due(self, now_ms: int, may_ask: bool) -> tuple:
        """Return (what goes out now or None, does it ask)."""
        if self._queue and (may_ask or not self._queue[0][1]):
            plain, repeated = self._queue.pop(0)
            self._in_flight = (plain, repeated) if repeated else None
            return plain, may_ask and (repeated or self._policy.each_waits)
        # One frame of the backfill between two live ones: neither starves the other.
        if not (self._was_live and self._backfill.wait_ms(now_ms) == 0):
            plain, asks = self._live_plain(now_ms, may_ask)
            if plain is not None:
                return plain, asks
        self._was_live = False
        if may_ask and self._is_poll_due():
            return messages.encode(messages.Poll()), True
        plain = self._backfill_plain(now_ms)
        if plain is not None:
            return plain, may_ask and (self._policy.each_waits or self._backfill.is_done())
        return self._live_plain(now_ms, may_ask)

    def _live_plain(self, now_ms: int, may_ask: bool) -> tuple:
        if not self._live.is_due(self._flush):
            return None, False
        asks = may_ask and self._is_ask_due()
        self._since_ask += 1
        self._was_live = True
        return self._live.next_plain(now_ms, asks), asks

    def _is_mute(self, may_ask: bool) -> bool:
        """On a wire each frame asks; and an unsure number could name another sample already."""
        if self._greeted:
            return self._policy.each_waits and not may_ask
        journal = self._journal
        return self._policy.each_waits or journal.unsure_from < journal.next_number

    def _is_poll_due(self) -> bool:
        if self._more:
            return True
        is_owed = self._journal.oldest < self._journal.next_number
        return is_owed and (self._vain > 0 or (self._flush and self._backfill.is_done()))

    def _hello_plain(self) -> bytes:
        boot, firmware = self._hello
        journal = self._journal
        end = journal.next_number
        unsure = journal.unsure_from if journal.unsure_from < end else None
        hello = messages.Hello(boot, journal.oldest, end, firmware, unsure)
        return messages.encode(hello)

    def _is_ask_due(self) -> bool:
        return self._flush or self._vain > 0 or self._since_ask + 1 >= self._policy.ask_every

    def _backfill_plain(self, now_ms: int) -> bytes | None:
        wait_ms = self._backfill.wait_ms(now_ms)
        if wait_ms is None:
            return None
        if not wait_ms and self._may_send:
            wait_ms = self._may_send(False, now_ms)
        if wait_ms:
            wake_at = ticks_add(now_ms, wait_ms)
            if self._wake_at is None or ticks_diff(wake_at, self._wake_at) < 0:
                self._wake_at = wake_at
            return None
        self._backfill.pause(now_ms, self._policy.backfill_ms)
        return self._backfill.next_plain(now_ms, self._policy.plain_limit, self._live.introduce)

    def _frame(self, plain: bytes, asks: bool, now_ms: int) -> bytes:
        counter = self._frames.take()
        strong = self._strong or (asks and self._vain >= _STRONG_AFTER)
        frame = self._envelope.seal_up(counter, plain, asks, not self._heard, strong)
        self.frames_sent += 1
        self._sent_at = now_ms
        if asks:
            self._outstanding = counter
            self._pause(now_ms)
            wait_ms = min(ticks_diff(self._ask_at, now_ms), self._policy.answer_ms)
            self._deadline = ticks_add(now_ms, wait_ms)
        else:
            self._wake_at = now_ms  # more may be due at once
        return frame

    def _pause(self, now_ms: int) -> None:
        self._ask_at = ticks_add(now_ms, self._retry_ms + self._jitter(self._retry_ms // 4 + 1))

    # ------------------------------------------------------------------ time and events

    def next_event(self) -> tuple | None:
        """Return the oldest event, (kind, content), or None."""
        return self._events.pop(0) if self._events else None

    def deadline(self) -> int | None:
        """Return the ticks at which something may be due, or None: not before there is news."""
        return self._deadline if self._outstanding is not None else self._wake_at

    def handle_timeout(self, now_ms: int) -> None:
        """Give up the frame in flight when its time is over; what it said is said again."""
        if self._deadline is None or ticks_diff(now_ms, self._deadline) < 0:
            return
        self._outstanding = None
        self._deadline = None
        self._heard = False
        self._vain += 1
        self.retries += 1
        self._retry_ms = min(2 * self._retry_ms, self._policy.retry_ms[2])
        self._live.rewind()
        if self._in_flight is not None:
            self._queue.insert(0, self._in_flight)
            self._in_flight = None
