"""The gateway's side of a session, for one node: what came, what is missing, what to answer.

Place: frames of a link -> GatewaySession -> ingest, and answers back; methods as in `session`.
Guarantee: it says "safe" only when its owner says that the samples are on disk.
"""

from protocol import batch as batches
from protocol import messages, quick_reader, reading
from protocol import session as kinds
from protocol._compat import const
from protocol.answers import Answers
from protocol.errors import BAD_TAG, MALFORMED, REPLAYED, DecodeError, FrameError
from protocol.lockout import Lockout
from protocol.uplinks import Key, Uplink, check_end, kind_of
from protocol.window import ReplayWindow, SampleWindow

# A node says 16 bits of a number while the gateway is within 8192 of it; with 64 samples a frame,
# a gateway that missed no more frames than this still completes them right.
_MOST_MISSED = const(320)
_SURE = const(16384)  # so far below the newest sample, 16 bits of a number are beyond doubt


class GatewaySession:
    """The gateway's side of one node.

    `replay` and `samples` are the windows of the node's frames and samples, to be stored with what
    was received; `samples` is None until the node said where its numbers begin. The owner takes
    the events, makes them durable together with the windows, and calls `acknowledge` once for
    each with what `promise` returned when they were stored; if storing fails it throws this object
    away and builds the next from what is on disk. `receive` takes what `envelope.parse` returned,
    as the gateway needs the address to find the session. `now_ms` is unix time.
    """

    def __init__(self, envelope, replay: ReplayWindow, samples: SampleWindow | None):
        self.keys = [Key(envelope, replay)]
        self.samples = samples
        self._lockout = Lockout()
        self._events: list = []
        self._answers = Answers()
        self.duplicates = 0
        self.refused = kinds.counters()

    @property
    def replay(self) -> ReplayWindow:
        """Return the window of the key in use."""
        return self.keys[0].replay

    @property
    def epoch(self) -> int:
        """Return the epoch of the key in use."""
        return self.keys[0].envelope.epoch

    def add_key(self, envelope, replay: ReplayWindow) -> None:
        """Take frames of the next epoch too; the first of them ends the epochs before it."""
        self.keys.append(Key(envelope, replay))

    def receive_usual(self, parsed, now_ms: int) -> tuple | None:
        """Take a frame as they come all day; return (Batch, plaintext), or None: `receive` it.

        It is the next of its node, opens with the key in use, and holds the samples that are due,
        all of them valid. Then it leaves no event: `usual_event` makes one where it asks.
        """
        samples = self.samples
        if samples is None or samples.runs or samples.adrift or len(self.keys) > 1:
            return None
        envelope, replay = self.keys[0].envelope, self.keys[0].replay
        if envelope.is_weak and self._lockout.is_locked(now_ms):
            return None
        counter = replay.top + 1
        plain = envelope.open_next(parsed, counter)
        if plain is None:
            return None
        message = quick_reader.read(plain)
        first = samples.expected
        if message is None or message.first != first & 0xFFFF or samples.top - first >= _SURE:
            return None
        end = first + message.count
        if end >= batches.NUMBERS or not samples.extend(first, end):
            return None
        message.first = first
        replay.accept(counter)
        return message, plain

    def usual_event(self, message, plain: bytes, key: Key, counter: int, now_ms: int) -> tuple:
        """Return the event of a usual frame that asked, to acknowledge it.

        `key` is the first of `keys`, and `counter` the top of its window, when it was received.
        """
        uplink = Uplink(key, counter, True)
        return kinds.SAMPLES, uplink, (message, message.numbers(), plain, [], False), now_ms

    def receive(self, parsed, now_ms: int) -> str | None:
        """Take one parsed frame of this node; `now_ms` is kept in the events.

        Return None, or the kind of refusal, which is counted in `refused`.
        """
        try:
            missed, uplink, plain = self._open(parsed, now_ms)
        except FrameError as e:
            self.refused[e.kind] += 1
            return e.kind
        if missed > _MOST_MISSED and self.samples is not None:
            self.samples.adrift = True  # whatever it says: the samples come right behind it
        try:
            message = quick_reader.read(plain)
            if message is not None:
                self._take_samples(uplink, message, plain, now_ms)
            else:
                self._dispatch(uplink, messages.decode(plain), plain, now_ms)
        except DecodeError:
            # Authentic, yet unreadable: a newer firmware. It keeps its samples.
            self.refused[MALFORMED] += 1
            self._events.append((kinds.UNREADABLE, uplink, None, now_ms))
            return MALFORMED
        return None

    def _open(self, parsed, now_ms: int) -> tuple:
        is_locked = self._lockout.is_locked(now_ms)
        refusal = BAD_TAG
        for i in range(len(self.keys)):
            key = self.keys[i]
            top = key.replay.top
            try:
                counter, plain = key.envelope.open_up(parsed, key.replay, is_locked)
            except FrameError as e:
                refusal = e.kind
                if refusal == REPLAYED:
                    break
                continue
            self.keys = self.keys[i:]
            return counter - top, Uplink(key, counter, parsed.more), plain
        if refusal == BAD_TAG and self.keys[0].envelope.is_weak:
            self._lockout.spend(now_ms)
        raise FrameError(refusal)

    def _dispatch(self, uplink, message, plain: bytes, now_ms: int) -> None:
        if isinstance(message, batches.Batch):
            quick_reader.learn(message)
        if isinstance(message, batches.Batch) or (
            isinstance(message, reading.Reading) and message.first is not None
        ):
            self._take_samples(uplink, message, plain, now_ms)
        elif isinstance(message, messages.Hello):
            self._take_hello(uplink, message, now_ms)
        elif isinstance(message, messages.Gone):
            self._take_gone(uplink, message, now_ms)
        else:
            kind = kind_of(message)
            if kind == kinds.RESULT:
                self._answers.result(message)
            self._events.append((kind, uplink, message, now_ms))

    def _take_samples(self, uplink, message, plain: bytes, now_ms: int) -> None:
        if uplink.counter < uplink.key.replay.hello:
            return  # overtaken by a Hello, which may have numbered anew: the node sends it again
        is_new = self.samples is None
        samples = self.samples
        lost: list = []
        if message.older is not None:
            check_end(message.numbers()[-1] + 1)
            samples, lost = self._begin_at(message.first - message.older)
        elif samples is None or samples.adrift:
            self._events.append((kinds.STRANGER, uplink, None, now_ms))
            return
        elif isinstance(message, batches.Batch):
            message.first = batches.number_near(message.first, samples.top)
        numbers = message.numbers()
        check_end(numbers[-1] + 1)
        fresh = samples.fresh(numbers)
        samples.accept(fresh)
        samples.top = max(samples.top, numbers[-1] + 1)
        self.duplicates += len(numbers) - len(fresh)
        self._events.append((kinds.SAMPLES, uplink, (message, fresh, plain, lost, is_new), now_ms))

    def _begin_at(self, oldest: int) -> tuple:
        """The node has nothing below `oldest`: return (window, ranges that are lost by that)."""
        samples = self.samples
        if samples is None:
            self.samples = SampleWindow(oldest)
            return self.samples, [[0, oldest]] if oldest else []
        samples.adrift = False
        return samples, samples.settle(samples.expected, max(oldest, samples.expected))

    def _take_hello(self, uplink, hello, now_ms: int) -> None:
        if uplink.counter < uplink.key.replay.hello:
            return  # overtaken by another Hello
        check_end(hello.next_number)
        uplink.key.replay.hello = uplink.counter
        is_new = self.samples is None
        sure_to = hello.next_number if hello.unsure is None else hello.unsure
        samples, lost = self._begin_at(min(hello.oldest, sure_to))
        seen = None
        # Of numbers that the node has forgotten, what did not come never will; what it has given
        # them since needs other numbers. Only the newest frame may say so: one that was overtaken
        # on its way is out of date.
        if sure_to < samples.top and uplink.counter == uplink.key.replay.top:
            seen = samples.top
            begin = max(sure_to, samples.expected)
            if samples.has_room(begin, seen):  # else the node will say that they are gone
                lost = lost + samples.settle(begin, seen)
        else:
            samples.top = max(samples.top, sure_to)  # only now: the rest may yet be numbered anew
        self._events.append((kinds.HELLO, uplink, (hello, seen, lost, is_new), now_ms))

    def _take_gone(self, uplink, gone, now_ms: int) -> None:
        samples = self.samples
        lost: list = []
        end = gone.first + gone.count
        check_end(end)
        # What is older than a Hello may mean other samples; a full ledger hears it again.
        if samples is not None and uplink.counter > uplink.key.replay.hello:
            lost = samples.settle(gone.first, end) if samples.has_room(gone.first, end) else []
        self._events.append((kinds.GONE, uplink, lost, now_ms))

    def promise(self) -> tuple:
        """Return what an answer may say once the windows of this moment are durable."""
        if self.samples is None:
            return None, ()
        return self.samples.expected, self.samples.gaps(messages.MAX_GAPS)

    def acknowledge(self, event: tuple, promise: tuple, unix_ms: int, link=None) -> None:
        """Queue the answer to the frame of `event`, whose content is durable now, if it asked.

        `promise` is what `promise()` returned when it was stored; `link` is as in an Ack.
        """
        if event[1].asks:
            is_strained = self._lockout.is_strained(unix_ms)
            self._answers.acknowledge(event, promise, unix_ms, link, is_strained)

    def send(self, message, now_ms: int) -> None:
        """Queue a Command, Offer or Block for the node, which fetches it by a Poll.

        A Command stays until its Result comes. A full queue refuses: ValueError.
        """
        self._answers.post(message)

    def withdraw(self, message) -> None:
        """Take a message back that the node has not fetched, as when it has expired."""
        self._answers.withdraw(message)

    def data_to_send(self, now_ms: int) -> bytes | None:
        """Return the next frame for the node, or None."""
        answer = self.answer_to_send()
        return answer[1] if answer else None

    def answer_to_send(self) -> tuple | None:
        """Return (message, frame) of the next frame for the node, or None."""
        return self._answers.next()

    def next_event(self) -> tuple | None:
        """Return the oldest event, (kind, Uplink, content, now_ms), or None."""
        return self._events.pop(0) if self._events else None

    def deadline(self) -> int | None:
        """The gateway answers and never asks: it has no deadline."""
        return None

    def handle_timeout(self, now_ms: int) -> None:
        """Nothing to do: see `deadline`."""
