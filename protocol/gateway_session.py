"""The gateway's side of a session, for one node: what came, what is missing, what to answer.

Place: frames of a link -> GatewaySession -> ingest, and answers back; methods as in `session`.
Guarantee: it says "safe" only when its owner says that the samples are on disk.
"""

from protocol import batch as batches
from protocol import commands, messages, reading, reports, updates
from protocol import session as kinds
from protocol._compat import const
from protocol.errors import BAD_TAG, MALFORMED, REPLAYED, DecodeError, FrameError
from protocol.lockout import Lockout
from protocol.window import ReplayWindow, SampleWindow

# A node says 16 bits of a number while the gateway is within 8192 of it; with 64 samples a frame,
# a gateway that missed no more frames than this still completes them right.
_MOST_MISSED = const(320)
_TIME_EVERY_MS = const(3600000)
_AHEAD_S = const(5)
_POSTED = const(8)


class Key:
    """A node's key in one epoch, with the window of the frames sealed with it."""

    def __init__(self, envelope, replay: ReplayWindow):
        self.envelope = envelope
        self.replay = replay


class Uplink:
    """Where a message came from: what its answer needs."""

    def __init__(self, key: Key, counter: int, asks: bool):
        self.key = key
        self.counter = counter
        self.asks = asks


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
        self._time_given_ms: int | None = None
        self._events: list = []
        self._posted: list = []
        self._out: list = []
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

    def receive(self, parsed, now_ms: int) -> None:
        """Take one parsed frame of this node; `now_ms` is kept in the events."""
        try:
            missed, uplink, plain = self._open(parsed, now_ms)
        except FrameError as e:
            self.refused[e.kind] += 1
            return
        try:
            self._dispatch(uplink, messages.decode(plain), plain, now_ms, missed)
        except DecodeError:
            # Authentic, yet unreadable: a newer firmware. It keeps its samples.
            self.refused[MALFORMED] += 1
            self._events.append((kinds.UNREADABLE, uplink, None, now_ms))

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

    def _dispatch(self, uplink, message, plain: bytes, now_ms: int, missed: int) -> None:
        if isinstance(message, batches.Batch) or (
            isinstance(message, reading.Reading) and message.first is not None
        ):
            self._take_samples(uplink, message, plain, now_ms, missed)
        elif isinstance(message, messages.Hello):
            self._take_hello(uplink, message, now_ms)
        elif isinstance(message, messages.Gone):
            self._take_gone(uplink, message, now_ms)
        else:
            kind = _kind_of(message)
            if kind == kinds.RESULT:
                self._posted = [c for c in self._posted if not _is_answered(c, message)]
            self._events.append((kind, uplink, message, now_ms))

    def _take_samples(self, uplink, message, plain: bytes, now_ms: int, missed: int) -> None:
        if uplink.counter < uplink.key.replay.hello:
            return  # overtaken by a Hello, which may have numbered anew: the node sends it again
        is_new = self.samples is None
        samples = self.samples
        lost: list = []
        if samples is not None and missed > _MOST_MISSED:
            samples.adrift = True
        if message.older is not None:
            _check_end(message.numbers()[-1] + 1)
            samples, lost = self._begin_at(message.first - message.older)
        elif samples is None or samples.adrift:
            self._events.append((kinds.STRANGER, uplink, None, now_ms))
            return
        elif isinstance(message, batches.Batch):
            message.first = batches.number_near(message.first, samples.top)
        numbers = message.numbers()
        _check_end(numbers[-1] + 1)
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
        uplink.key.replay.hello = uplink.counter
        _check_end(hello.next_number)
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
        _check_end(end)
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
        kind, uplink, content, _ = event
        if not uplink.asks:
            return
        if kind in (kinds.POLL, kinds.WANT) and self._posted:
            self._out.append((uplink, self._posted[0], len(self._posted) > 1))
            if not isinstance(self._posted[0], commands.Command):
                self._posted.pop(0)
            return
        expected, gaps = promise
        ack = messages.Ack(expected, None, gaps)
        ack.link = link
        ack.unreadable = kind == kinds.UNREADABLE
        ack.strong = self._lockout.is_strained(unix_ms)
        if kind == kinds.STRANGER:
            ack.expected, ack.gaps = None, ()
        elif kind == kinds.HELLO:
            ack.seen = content[1]
        if self._is_time_due(kind, content, unix_ms):
            ack.unix_ms = self._time_given_ms = unix_ms
        self._out.append((uplink, ack, len(self._posted) > 0))

    def _is_time_due(self, kind, content, unix_ms: int) -> bool:
        """A crystal is good for an hour; who just started, or is ahead of us, needs it now."""
        if kind in (kinds.HELLO, kinds.STATUS) or self._time_given_ms is None:
            return True
        now_s = unix_ms // 1000
        if kind == kinds.SAMPLES and content[0].newest(now_s)[0] > now_s + _AHEAD_S:
            return True
        return not 0 <= unix_ms - self._time_given_ms < _TIME_EVERY_MS

    def send(self, message, now_ms: int) -> None:
        """Queue a Command, Offer or Block for the node, which fetches it by a Poll.

        A Command stays until its Result comes. A full queue refuses: ValueError.
        """
        messages.encode(message)
        if len(self._posted) >= _POSTED:
            raise ValueError("8 messages wait for the node already")
        self._posted.append(message)

    def withdraw(self, message) -> None:
        """Take a message back that the node has not fetched, as when it has expired."""
        self._posted = [other for other in self._posted if other is not message]

    def data_to_send(self, now_ms: int) -> bytes | None:
        """Return the next frame for the node, or None."""
        if not self._out:
            return None
        uplink, message, more = self._out.pop(0)
        plain = messages.encode(message)
        return uplink.key.envelope.seal_answer(uplink.counter, plain, more)

    def next_event(self) -> tuple | None:
        """Return the oldest event, (kind, Uplink, content, now_ms), or None."""
        return self._events.pop(0) if self._events else None

    def deadline(self) -> int | None:
        """The gateway answers and never asks: it has no deadline."""
        return None

    def handle_timeout(self, now_ms: int) -> None:
        """Nothing to do: see `deadline`."""


def _check_end(end: int) -> None:
    """An Ack must be able to say `end`: who has used up the numbers needs a new epoch."""
    if end >= batches.NUMBERS:
        raise DecodeError("numbers are used up")


def _kind_of(message) -> str:
    """Return the kind of event; DecodeError for what only a gateway says."""
    for kind, classes in (
        (kinds.STATUS, reports.Status),
        (kinds.POLL, messages.Poll),
        (kinds.NOTE, messages.Note),
        (kinds.READING, reading.Reading),
        (kinds.CRASH, reports.Crash),
        (kinds.RESULT, commands.Result),
        (kinds.WANT, updates.Want),
    ):
        if isinstance(message, classes):
            return kind
    raise DecodeError("not for a gateway")


def _is_answered(posted, result) -> bool:
    return isinstance(posted, commands.Command) and posted.number == result.number
