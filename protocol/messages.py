"""What a frame says: fields <-> the one CBOR item inside the envelope.

Place: session -> `encode` -> envelope; envelope -> `decode` -> session.
Guarantee: `decode` returns one of the classes below with every field in range, or raises
`DecodeError`. The CBOR type tells the kinds apart, so a batch, the common case, costs no type byte:

    byte string   Batch, see `batch`
    text          Note: a line of log
    array         [0, boot, oldest, next, firmware]    Hello   node -> gateway
                  [1, expected / null, ? time]         Ack     gateway -> node
                  [2, {field: uint}]                   Status  node -> gateway
"""

from protocol import batch as batches
from protocol import cbor
from protocol._compat import const
from protocol.errors import DecodeError

_HELLO = const(0)
_ACK = const(1)
_STATUS = const(2)

NOTE_LIMIT = const(64)

# Fields of a status, in the order of their ids; new ones are appended.
STATUS_FIELDS = (
    "uptime_s",
    "boot",
    "reset_cause",
    "heap_free",
    "journal_samples",
    "journal_dropped",
    "frames_sent",
    "retries",
    "frames_refused",
    "sensor_faults",
    "task_restarts",
    "interval_s",
)


class Hello:
    """First word after power-up: what the journal holds, [oldest, next), and who speaks."""

    def __init__(self, boot: int, oldest: int, next_number: int, firmware: str):
        self.boot = boot
        self.oldest = oldest
        self.next_number = next_number
        self.firmware = firmware

    def plain(self) -> list:
        """Return the CBOR value."""
        _check_text(self.firmware)
        return [_HELLO, self.boot, self.oldest, self.next_number, self.firmware]


class Ack:
    """Answer to a frame: all samples below `expected` are safe; None asks for a Hello.

    `unix_ms` is the gateway's clock when it answered; answers to a Hello and a Status carry it.
    """

    def __init__(self, expected: int | None, unix_ms: int | None = None):
        self.expected = expected
        self.unix_ms = unix_ms

    def plain(self) -> list:
        """Return the CBOR value."""
        return [_ACK, self.expected] + ([] if self.unix_ms is None else [self.unix_ms])


class Status:
    """How the node is: `fields` by name, all unsigned."""

    def __init__(self, fields: dict):
        self.fields = fields

    def plain(self) -> list:
        """Return the CBOR value; KeyError for a field that STATUS_FIELDS does not have."""
        if any(not 0 <= value < 1 << 48 for value in self.fields.values()):
            raise ValueError("a status has numbers of 0 to 48 bits")
        known = {name: i for i, name in enumerate(STATUS_FIELDS)}
        return [_STATUS, {known[name]: value for name, value in self.fields.items()}]


class Note:
    """A line of log, at most 64 bytes of UTF-8."""

    def __init__(self, text: str):
        self.text = text

    def plain(self) -> str:
        """Return the CBOR value."""
        _check_text(self.text)
        return self.text


def _check_text(text: str) -> None:
    if len(text.encode()) > NOTE_LIMIT:
        raise ValueError("a text has at most 64 bytes")


def encode(message) -> bytes:
    """Return the plaintext of a message."""
    if isinstance(message, batches.Batch):
        return cbor.dumps(batches.encode(message))
    return cbor.dumps(message.plain())


def decode(plain: bytes):
    """Return the message of a plaintext, or raise DecodeError."""
    value = cbor.loads(plain)
    if isinstance(value, bytes):
        return batches.decode(value)
    if isinstance(value, str):
        return _note(value)
    if not isinstance(value, list) or not value:
        raise DecodeError("unknown message")
    kind = _uint(value[0], 8)
    if kind == _HELLO:
        return _hello(value)
    if kind == _ACK:
        return _ack(value)
    if kind == _STATUS:
        return _status(value)
    raise DecodeError("unknown message")


def _uint(value, bits: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << bits:
        raise DecodeError("number out of range")
    return value


def _hello(value: list) -> Hello:
    if len(value) != 5 or not isinstance(value[4], str) or len(value[4].encode()) > NOTE_LIMIT:
        raise DecodeError("hello")
    hello = Hello(_uint(value[1], 32), _uint(value[2], 32), _uint(value[3], 32), value[4])
    if hello.oldest > hello.next_number:
        raise DecodeError("hello: oldest after next")
    return hello


def _ack(value: list) -> Ack:
    if not 2 <= len(value) <= 3:
        raise DecodeError("ack")
    expected = None if value[1] is None else _uint(value[1], 32)
    return Ack(expected, _uint(value[2], 48) if len(value) == 3 else None)


def _status(value: list) -> Status:
    if len(value) != 2 or not isinstance(value[1], dict):
        raise DecodeError("status")
    fields = {}
    for key, number in value[1].items():
        # A field of a newer firmware is kept by number: nothing is lost, nothing is guessed.
        known = _uint(key, 16) < len(STATUS_FIELDS)
        name = STATUS_FIELDS[key] if known else "field_%d" % key
        fields[name] = _uint(number, 48)
    return Status(fields)


def _note(text: str) -> Note:
    if len(text.encode()) > NOTE_LIMIT:
        raise DecodeError("note too long")
    return Note(text)
