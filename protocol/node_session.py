"""The node's side of a session: live samples first, then what the gateway misses.

Place: journal -> NodeSession -> frames of a link, and answers back; methods as in `session`.
Guarantee: a sample leaves the journal only when the gateway said that it is safe. At most one
frame waits for an answer. Live samples never wait for older ones, except for one frame of them.
"""

from protocol import messages
from protocol._compat import const, ticks_add, ticks_diff
from protocol.asking import Asking
from protocol.backfill import Backfill
from protocol.envelope import parse
from protocol.errors import MALFORMED, REPLAYED, DecodeError, FrameError
from protocol.fields import COMMAND as COMMAND_KIND
from protocol.live import Live
from protocol.outbox import Outbox
from protocol.session import ACKED, COMMAND, LINK, TIME, UPDATE, counters, wired

_STRONG_AFTER = const(3)  # asks in vain
_ALONE_AFTER = const(6)  # 5 to 7 minutes of asks on the radio
_TIME_PATIENCE_MS = const(5000)
_SEEN_LIMIT = const(1 << 31)


class NodeSession:
    """The node's side: what is due, one frame at a time.

    `frames.take()` gives a number that was never used with this key (`protocol.counter`).
    `journal` has `oldest`, `next_number`, `unsure_from`, `run(first, limit, now_ms)` -> Batch of
    samples from number `first` on, or None where that one is not there, `release(number)` and
    `renumber(number)`. `now_ms` are ticks. `jitter(span)` returns 0 .. span - 1.
    `may_send(is_live, now_ms)` returns the ms to wait for the budget of the air, 0: none, or None
    while there can be none.
    """

    def __init__(self, envelope, frames, journal, hello, jitter, policy=None, may_send=None):
        self._envelope = envelope
        self._frames = frames
        self._journal = journal
        self._boot, self._firmware = hello
        self._policy = policy or wired()
        self._may_send = may_send
        self._asking = Asking(self._policy, jitter)
        self._greeted = self._greets = False  # the second: the frame in flight is a Hello
        self._heard = False  # the last ask was answered: the gateway knows our counter
        self._live = Live(journal, self._policy, jitter)
        self._backfill = Backfill(journal)
        self.outbox = Outbox()
        self._events = []
        self._more = self._strong = self._flush = False
        self._was_live = False  # the last frame of samples
        self._wake_at = None  # when something may be due that is not yet
        self._since_ask = self.frames_sent = self.retries = 0
        self.refused = counters()

    @property
    def is_waiting(self) -> bool:
        """Say whether a frame that asks is in flight: its link listens for the answer."""
        return self._asking.counter is not None

    @property
    def vain(self) -> int:
        """Return how many frames have asked in vain since the last answer."""
        return self._asking.vain

    @property
    def is_live_due(self) -> bool:
        """Say whether enough samples are new for a frame of them."""
        return self._live.is_due(self._flush)

    @property
    def lacking(self) -> int:
        """Return how many more samples make a frame of them due."""
        return self._live.lacking(self._flush)

    # ------------------------------------------------------------------ what comes in

    def receive(self, frame: bytes, now_ms: int) -> None:
        """Take one frame from the gateway."""
        try:
            parsed = parse(frame)
            counter = self._asking.counter
            if counter is None:
                raise FrameError(REPLAYED)  # nothing was asked: an answer that came twice or late
            message = messages.decode(self._envelope.open_answer(parsed, counter))
            if not messages.is_answer(message):
                raise DecodeError("not for a node")
        except (FrameError, DecodeError) as e:
            self.refused[getattr(e, "kind", MALFORMED)] += 1
            return
        self._more = parsed.more
        round_trip_ms = self._asking.answered(now_ms)
        self.outbox.answered()
        self._live.answered()
        self._heard = True
        self._since_ask = 0
        if isinstance(message, messages.Ack):
            self._take_ack(message, now_ms, round_trip_ms)
        elif message.kind == COMMAND_KIND:
            self._take_command(message)
        else:
            self._events.append((UPDATE, message))

    def _take_ack(self, ack, now_ms: int, round_trip_ms: int) -> None:
        # What was long on its way is no time. On the air it is the answer that is slow.
        if ack.unix_ms is not None and round_trip_ms < _TIME_PATIENCE_MS:
            self._events.append((TIME, ack.unix_ms + round_trip_ms * (not self._policy.each_waits)))
        if ack.link is not None:
            self._events.append((LINK, ack.link))
        self._strong = ack.strong
        if ack.unreadable:
            self._asking.rest(now_ms)  # what it cannot read today, it will not read in a second
        if ack.expected is None:
            self._greeted = False
            return
        journal = self._journal
        # Beyond half of all numbers it is no word of an honest gateway, and would end this journal.
        if ack.seen is not None and journal.unsure_from < ack.seen < _SEEN_LIMIT:
            journal.renumber(ack.seen)
            self._live.sent_to = ack.seen
        self._greeted = self._greeted or self._greets  # only now: flash may have refused
        top = self._backfill.learn(ack.expected, ack.gaps, self._live.sent_to)
        self._live.known = top
        self._events.append((ACKED, ack.expected))
        journal.release(ack.expected)  # last: flash may refuse, and the next answer brings it again
        self._flush = self._flush and journal.oldest < journal.next_number

    def _take_command(self, command) -> None:
        """Hand a command on once; where its Result did not arrive, say that again."""
        if self.outbox.is_new(command):
            self._events.append((COMMAND, command))
        else:
            self._more = False  # it is being carried out: no reason to fetch it again at once

    # ------------------------------------------------------------------ what goes out

    def send(self, message, now_ms: int) -> None:
        """Queue a message, which goes ahead of samples; ValueError where it cannot be sent."""
        self.outbox.put(message)

    def flush(self) -> None:
        """Send what waits, however few, and ask until all is safe: before a node goes."""
        self._flush = True

    def hurry(self) -> None:
        """Ask at once, whatever was in vain, and with the next message too: somebody waits."""
        self._asking.hurry()
        self.outbox.asks = True

    def rekey(self, envelope) -> None:
        """Use the key of another epoch from the next frame on; it is durable already."""
        self._envelope = envelope
        self._heard = False

    def data_to_send(self, now_ms: int) -> bytes | None:
        """Return the next frame, or None while one is in flight or there is nothing to say."""
        self._wake_at = None
        if self.is_waiting:
            return None
        may_ask = self._asking.may(now_ms)
        self._wake_at = self._asking.not_before
        greets = may_ask and not self._greeted and (self._is_mute(True) or not self._is_alone)
        if not greets and (self._is_mute(may_ask) or self._is_idle(may_ask, now_ms)):
            return None
        if not self._has_air(True, now_ms):
            return None
        self._greets = greets
        if greets:
            hello = messages.Hello.of(self._journal, self._boot, self._firmware)
            return self._frame(messages.encode(hello), True, now_ms)
        plain, asks = self._due(now_ms, may_ask)
        return None if plain is None else self._frame(plain, asks, now_ms)

    def _is_idle(self, may_ask: bool, now_ms: int) -> bool:
        """Say whether nothing is due: no wait for the air wakes the node then."""
        if self.outbox.is_due(may_ask) or self.is_live_due or (may_ask and self._is_poll_due()):
            return False
        return self._backfill.wait_ms(now_ms) is None

    def _has_air(self, is_live: bool, now_ms: int) -> bool:
        """Ask the air for room; where there is none, wake when there may be."""
        wait_ms = self._may_send(is_live, now_ms) if self._may_send else 0
        if wait_ms:
            self._wake_by(ticks_add(now_ms, wait_ms))
        return wait_ms == 0

    def _wake_by(self, at_ms: int) -> None:
        if self._wake_at is None or ticks_diff(at_ms, self._wake_at) < 0:
            self._wake_at = at_ms

    def _due(self, now_ms: int, may_ask: bool) -> tuple:
        """Return (what goes out now or None, does it ask)."""
        if self.outbox.is_due(may_ask):
            plain, repeated = self.outbox.take()
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
        if not self.is_live_due:
            return None, False
        self._since_ask += 1
        is_time = self._since_ask >= self._policy.ask_every
        asks = may_ask and (is_time or self._flush or self.vain > 0)
        self._was_live = True
        return self._live.next_plain(now_ms, asks, self._is_alone), asks

    def _is_mute(self, may_ask: bool) -> bool:
        """On a wire each frame asks; and an unsure number could name another sample already."""
        if self._greeted:
            return self._policy.each_waits and not may_ask
        journal = self._journal
        return self._policy.each_waits or journal.unsure_from < journal.next_number

    @property
    def _is_alone(self) -> bool:
        """Nobody has answered for long: frames of samples ask, which cost the air no more."""
        return self.vain >= _ALONE_AFTER and not self._policy.each_waits

    def _is_poll_due(self) -> bool:
        if self._more:
            return True
        is_missed = self.vain > 0 and not self._is_alone
        is_owed = self._journal.oldest < self._journal.next_number
        return is_owed and (is_missed or (self._flush and self._backfill.is_done()))

    def _backfill_plain(self, now_ms: int) -> bytes | None:
        wait_ms = self._backfill.wait_ms(now_ms)
        if wait_ms is None:
            return None
        if wait_ms:
            self._wake_by(ticks_add(now_ms, wait_ms))
        if wait_ms or not self._has_air(False, now_ms):
            return None
        self._backfill.pause(now_ms, self._policy.backfill_ms)
        return self._backfill.next_plain(now_ms, self._policy.plain_limit, self._live.introduce)

    def _frame(self, plain: bytes, asks: bool, now_ms: int) -> bytes:
        counter = self._frames.take()
        strong = self._strong or (asks and self.vain >= _STRONG_AFTER)
        frame = self._envelope.seal_up(counter, plain, asks, not self._heard, strong)
        self.frames_sent += 1
        if asks:
            self._asking.asked(counter, now_ms)
        else:
            self._wake_at = now_ms  # more may be due at once
        return frame

    def sent(self, now_ms: int) -> None:
        """The last frame left only now, as its link had to wait: its answer may take from here."""
        self._asking.sent(now_ms)

    def next_event(self) -> tuple | None:
        """Return the oldest event, (kind, content), or None."""
        return self._events.pop(0) if self._events else None

    def deadline(self) -> int | None:
        """Return the ticks at which something may be due, or None: not before there is news."""
        return self._asking.deadline if self.is_waiting else self._wake_at

    def handle_timeout(self, now_ms: int) -> None:
        """Give up the frame in flight when its time is over; what it said is said again."""
        if not self._asking.is_in_vain(now_ms):
            return
        self._heard = False
        self.retries += 1
        self._live.rewind()
        self.outbox.rewind()

    def state(self, now_ms: int) -> list:
        """Return what has to outlive a sleep, as numbers and text; nothing may be in flight."""
        flags = [self._greeted, self._heard, self._more, self._strong, self._flush, self._was_live]
        counts = [self._since_ask, self.frames_sent, self.retries, list(self.refused.values())]
        lanes = [self._asking.state(now_ms), self._backfill.state(now_ms), self._live.state()]
        return [flags, counts, lanes, self.outbox.state()]

    def restore(self, state: list, now_ms: int) -> None:
        """Go on as `state` said; `now_ms` is its moment, in the ticks of now."""
        flags, counts, lanes, outbox = state
        self._greeted, self._heard, self._more, self._strong, self._flush, self._was_live = flags
        self._since_ask, self.frames_sent, self.retries, refused = counts
        for i, kind in enumerate(self.refused):
            self.refused[kind] = refused[i]
        self._asking.restore(lanes[0], now_ms)
        self._backfill.restore(lanes[1], now_ms)
        self._live.restore(lanes[2])
        self.outbox.restore(outbox)
