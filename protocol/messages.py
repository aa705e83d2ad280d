"""What a frame says: messages <-> the one CBOR item inside the envelope.

Place: session -> `encode` -> envelope; envelope -> `decode` -> session.
Guarantee: `decode` returns one of the classes below, or of `reading`, `reports` and `commands`,
with every field in range, or raises `DecodeError`. The CBOR type tells the kinds apart, so what is
sent most costs no type byte:

    byte string  Batch    up    see `batch`
    map          Reading  up    see `reading`
    text         Note     up    a line of log
    null         Poll     up    nothing to say, but somebody listens
    uint         Ack      down  all samples below are safe, and nothing is missing
    [0, ..]      Hello    up    [boot, oldest, next, firmware, ? unsure]
    [1, ..]      Ack      down  [expected / null, ? {field: value}], see ACK_FIELDS
    [2, ..]      Status   up    [{field: int}], see `reports`
    [3, ..]      Crash    up    [exception, module, line, firmware], see `reports`
    [4, ..]      Gone     up    [first, count]: samples that the node does not have any more
    [5, ..]      Command  down  see `commands`
    [6, ..]      Result   up    see `commands`
    [7, ..]      Offer, [8, ..] Want, [9, ..] Block: see `updates`
"""

from protocol import batch as batches
from protocol import cbor
from protocol._compat import const
from protocol.batch import NUMBERS
from protocol.errors import DecodeError
from protocol.fields import (
    ACK,
    BLOCK,
    COMMAND,
    CRASH,
    GONE,
    HELLO,
    OFFER,
    RESULT,
    WANT,
    require,
    signed,
    text,
    uint,
)

MAX_GAPS = const(32)

# Fields of an Ack: what the gateway knows beyond `expected`.
_UNIX_MS = const(0)
_GAPS = const(1)
_SEEN = const(2)
_UNREADABLE = const(3)
_RSSI = const(4)
_SNR = const(5)
_MARGIN = const(6)
_STRONG = const(7)


class Hello:
    """First word after power-up: what the journal holds, [oldest, next), and who speaks.

    unsure   None; or the first number below `next` that flash may have given twice: what the
             gateway has of that number is another sample
    """

    kind = HELLO

    def __init__(self, boot: int, oldest: int, next_number: int, firmware: str, unsure=None):
        self.boot = boot
        self.oldest = oldest
        self.next_number = next_number
        self.firmware = firmware
        self.unsure = unsure

    @classmethod
    def of(cls, journal, boot: int, firmware: str):
        """Return what to say of a journal."""
        end = journal.next_number
        unsure = journal.unsure_from if journal.unsure_from < end else None
        return cls(boot, journal.oldest, end, firmware, unsure)

    def plain(self) -> list:
        """Return the CBOR value."""
        value = [HELLO, self.boot, self.oldest, self.next_number, self.firmware]
        return value if self.unsure is None else value + [self.unsure]


class Ack:
    """Answer to a frame: all samples below `expected` are safe; None: introduce yourself.

    gaps        lengths of ranges from `expected` on, missing and safe by turns, at most MAX_GAPS;
                where there are fewer, what lies beyond them has not come
    unix_ms     the gateway's clock when it answered, or None
    seen        None; or one past the highest number it knows, where what the node's Hello is sure
                of ends before: the node numbers the rest from there
    unreadable  the frame was authentic and of a kind that this gateway does not know
    strong      somebody forges frames of this node: it should use tags of 8 bytes
    link        None; or (RSSI in dBm, SNR in quarters of a dB, margin in dB) of the frame
    """

    kind = ACK

    def __init__(self, expected: int | None, unix_ms: int | None = None, gaps=()):
        self.expected = expected
        self.unix_ms = unix_ms
        self.gaps = tuple(gaps)
        self.seen: int | None = None
        self.unreadable = False
        self.strong = False
        self.link: tuple | None = None

    def plain(self):
        """Return the CBOR value: short where there is nothing but `expected` to say."""
        fields: dict = {}
        if self.unix_ms is not None:
            fields[_UNIX_MS] = self.unix_ms
        if self.gaps:
            fields[_GAPS] = self.gaps
        if self.seen is not None:
            fields[_SEEN] = self.seen
        if self.unreadable:
            fields[_UNREADABLE] = True
        if self.link is not None:
            fields[_RSSI], fields[_SNR], fields[_MARGIN] = self.link
        if self.strong:
            fields[_STRONG] = True
        if fields:
            return [ACK, self.expected, fields]
        return [ACK, None] if self.expected is None else self.expected


class Gone:
    """Samples `first` .. `first + count - 1` exist in no journal any more."""

    kind = GONE

    def __init__(self, first: int, count: int):
        self.first = first
        self.count = count

    def plain(self) -> list:
        """Return the CBOR value."""
        return [GONE, self.first, self.count]


class Poll:
    """Nothing to say: the node listens, in case that something waits for it."""

    def plain(self) -> None:
        """Return the CBOR value."""
        return


class Note:
    """A line of log, at most 64 bytes of UTF-8."""

    def __init__(self, text: str):
        self.text = text

    def plain(self) -> str:
        """Return the CBOR value."""
        return self.text


def is_answer(message) -> bool:
    """Say whether a message comes from a gateway."""
    return kind_of(message) in (ACK, COMMAND, OFFER, BLOCK)


def is_repeated(message) -> bool:
    """Say whether a node says it again until it is answered."""
    return kind_of(message) in (CRASH, RESULT, WANT)


def kind_of(message) -> int | None:
    """Return the first item of a message's array, or None where it is none (but for an Ack)."""
    return getattr(message, "kind", None)


def encode(message) -> bytes:
    """Return the plaintext of a message; ValueError where a field is out of range."""
    if isinstance(message, batches.Batch):
        return cbor.dumps(batches.encode(message))
    value = message.plain()
    plain = cbor.dumps(value)
    if isinstance(value, int) and 0 <= value < NUMBERS:
        return plain  # the short Ack, of which a gateway says thousands a second
    try:
        decode(plain)  # the other side has the same limits
    except DecodeError as e:
        raise ValueError(str(e))
    return plain


def decode(plain: bytes):
    """Return the message of a plaintext, or raise DecodeError."""
    value = cbor.loads(plain)
    if value is None:
        return Poll()
    if isinstance(value, bool):
        raise DecodeError("unknown message")
    if isinstance(value, bytes):
        return batches.decode(value)
    if isinstance(value, int):
        return Ack(uint(value, 32))
    if isinstance(value, str):
        return Note(text(value))
    if isinstance(value, list):
        return _of_array(value)
    from protocol import reading

    return reading.from_value(value)


def _of_array(value: list):
    """Return the message; what most nodes never hear is imported when it is first needed."""
    kind = uint(value[0], 8) if value else BLOCK + 1
    if kind > BLOCK:
        raise DecodeError("unknown message")
    if kind == ACK:
        return _ack(value)
    if kind == HELLO:
        return _hello(value)
    if kind == GONE:
        return _gone(value)
    if kind <= CRASH:
        from protocol import reports

        return (reports.crash_from if kind == CRASH else reports.status_from)(value)
    if kind <= RESULT:
        from protocol import commands

        return (commands.result_from if kind == RESULT else commands.command_from)(value)
    from protocol import updates

    if kind == OFFER:
        return updates.offer_from(value)
    return (updates.want_from if kind == WANT else updates.block_from)(value)


def _hello(value: list) -> Hello:
    require(5 <= len(value) <= 6, "hello")
    hello = Hello(uint(value[1], 32), uint(value[2], 32), uint(value[3], 32), text(value[4]))
    require(hello.oldest <= hello.next_number, "hello: oldest after next")
    if len(value) == 6:
        hello.unsure = uint(value[5], 32)
        require(hello.unsure < hello.next_number, "hello: unsure after next")
    return hello


def _ack(value: list) -> Ack:
    require(2 <= len(value) <= 3, "ack")
    expected = None if value[1] is None else uint(value[1], 32)
    ack = Ack(expected)
    if len(value) == 2:
        require(expected is None, "ack is not the shortest")
        return ack
    fields = value[2]
    require(isinstance(fields, dict) and len(fields) > 0, "ack")
    if _UNIX_MS in fields:
        ack.unix_ms = uint(fields[_UNIX_MS], 48)
    if _GAPS in fields:
        gaps = fields[_GAPS]
        require(isinstance(gaps, list) and 0 < len(gaps) <= MAX_GAPS, "ack: gaps")
        ack.gaps = tuple([uint(length, 32) for length in gaps])
        require(expected is not None and min(ack.gaps) > 0, "ack: gaps")
        require(expected + sum(ack.gaps) < NUMBERS, "ack: gaps")
    if _SEEN in fields:
        ack.seen = uint(fields[_SEEN], 32)
    ack.unreadable = _flag(fields, _UNREADABLE)
    ack.strong = _flag(fields, _STRONG)
    if _RSSI in fields or _SNR in fields or _MARGIN in fields:
        require(_RSSI in fields and _SNR in fields and _MARGIN in fields, "ack: link")
        ack.link = tuple([_signed_byte(fields[key]) for key in (_RSSI, _SNR, _MARGIN)])
    # A field of a newer gateway is passed over: an answer must never lock an older node out.
    return ack


def _flag(fields: dict, key: int) -> bool:
    require(fields.get(key, True) is True, "ack: a flag is true or absent")
    return key in fields


def _signed_byte(value) -> int:
    return uint(signed(value, 8) + 128, 8) - 128


def _gone(value: list) -> Gone:
    require(len(value) == 3, "gone")
    gone = Gone(uint(value[1], 32), uint(value[2], 32))
    require(gone.count > 0 and gone.first + gone.count <= NUMBERS, "gone")
    return gone
