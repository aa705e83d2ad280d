"""What a gateway and the LoRa modem on its USB port say to each other.

Place: radio ))) modem -> `Heard` -> gateway; gateway -> `Send` -> modem ))) radio; in COBS records
(`stream`), as a wired node's frames are. A frame begins with 0x83, a record of a modem never does:
one serial port takes both.
Guarantee: every record ends with its CRC-32, so that noise on a cable commands no radio; what is
no record is a DecodeError. A modem needs no key: what it passes on is sealed.

    Heard  [0, stamp_ms, frequency_hz, sf, rssi_dbm, snr_q, frame]      modem -> gateway
    Done   [1, id, result, airtime_ms, left_ms]                         modem -> gateway
    State  [2, version, error, fields, duty]                            modem -> gateway
    Send   [3, id, stamp_ms, after_ms, until_ms, frequency_hz, sf, power_dbm, frame]
    Tune   [4, id, frequency_hz, sf]                                    gateway -> modem

The stamp is the modem's clock when a frame had ended, and means nothing to anybody else: an answer
names it again, and the modem sends `after_ms` later, or as soon as it can until `until_ms`. Who
knows no stamp sends null: the times count from now on.
"""

from binascii import crc32

from protocol import cbor
from protocol._compat import const
from protocol.errors import DecodeError
from protocol.fields import data, require, signed, text, uint

_HEARD = const(0)
_DONE = const(1)
_STATE = const(2)
_SEND = const(3)
_TUNE = const(4)

# Results of a Send or a Tune, in the order of their numbers.
DONE = const(0)
LATE = const(1)  # it came, or its turn came, too late
FULL = const(2)  # the queue was full
NO_BUDGET = const(3)  # the duty cycle of the sub-band is used up
NOT_ALLOWED = const(4)  # no sub-band for this channel and power, or no such modulation
NO_RADIO = const(5)  # the chip does not answer, or did not send
_RESULTS = "done late full no_budget not_allowed no_radio"

# Names of a State's fields in the order of their numbers; new ones are appended.
_FIELDS = """
uptime_s frequency_hz sf heard crc_errors header_errors overruns overlong done late full no_budget
not_allowed no_radio restarts missed_irqs heap_free garbled dropped boot reset_cause
"""

_ID_BITS = const(16)
_MAX_AFTER_MS = const(60000)
FRAME_LIMIT = const(255)
_WIRED_FRAME = const(0x83)


def result_names() -> list:
    """Return the names of the results in the order of their numbers."""
    return _RESULTS.split()


def state_fields() -> list:
    """Return the names of a State's fields in the order of their numbers."""
    return _FIELDS.split()


class Heard:
    """A frame came in; `snr_q` is in quarters of a dB."""

    def __init__(self, stamp_ms, frequency_hz, sf, rssi_dbm, snr_q, frame):
        self.stamp_ms = stamp_ms
        self.frequency_hz = frequency_hz
        self.sf = sf
        self.rssi_dbm = rssi_dbm
        self.snr_q = snr_q
        self.frame = frame

    def plain(self) -> list:
        """Return the CBOR value."""
        settings = [self.frequency_hz, self.sf, self.rssi_dbm, self.snr_q]
        return [_HEARD, self.stamp_ms] + settings + [self.frame]


class Done:
    """What became of Send or Tune `id`; `left_ms`: what the hour's sub-band has left, or None."""

    def __init__(self, id, result, airtime_ms, left_ms=None):
        self.id = id
        self.result = result
        self.airtime_ms = airtime_ms
        self.left_ms = left_ms

    def plain(self) -> list:
        """Return the CBOR value."""
        return [_DONE, self.id, self.result, self.airtime_ms, self.left_ms]


class State:
    """How the modem is; said at its start and now and then.

    `fields` by name; `error`: what is wrong with the radio, or ""; `duty`: (sub-band, ms used in
    the last hour, ms allowed), as `Ledger.evidence` tells it.
    """

    def __init__(self, version: str, error: str, fields: dict, duty: list):
        self.version = version
        self.error = error
        self.fields = fields
        self.duty = duty

    def plain(self) -> list:
        """Return the CBOR value."""
        known = state_fields()
        numbered = {known.index(name): value for name, value in self.fields.items()}
        return [_STATE, self.version, self.error, numbered, [list(row) for row in self.duty]]


class Send:
    """Send a frame `after_ms` after a stamp, at the latest `until_ms` after it."""

    def __init__(self, id, stamp_ms, after_ms, until_ms, frequency_hz, sf, power_dbm, frame):
        self.id = id
        self.stamp_ms = stamp_ms
        self.after_ms = after_ms
        self.until_ms = until_ms
        self.frequency_hz = frequency_hz
        self.sf = sf
        self.power_dbm = power_dbm
        self.frame = frame

    def plain(self) -> list:
        """Return the CBOR value."""
        times = [self.stamp_ms, self.after_ms, self.until_ms]
        return [_SEND, self.id] + times + [self.frequency_hz, self.sf, self.power_dbm, self.frame]


class Tune:
    """Listen on this channel from now on."""

    def __init__(self, id: int, frequency_hz: int, sf: int):
        self.id = id
        self.frequency_hz = frequency_hz
        self.sf = sf

    def plain(self) -> list:
        """Return the CBOR value."""
        return [_TUNE, self.id, self.frequency_hz, self.sf]


def is_modem_record(record: bytes) -> bool:
    """Say whether a record is a modem's, and not the frame of a wired node."""
    return len(record) > 0 and record[0] != _WIRED_FRAME


def encode(message) -> bytes:
    """Return a message as a record with its CRC; ValueError where it has no form."""
    body = cbor.dumps(message.plain())
    try:
        _of_body(body)
    except DecodeError as e:
        raise ValueError(str(e))
    return body + crc32(body).to_bytes(4, "big")


def decode(record: bytes):
    """Return the message of a record, or raise DecodeError."""
    body = bytes(record[:-4])
    require(crc32(body).to_bytes(4, "big") == bytes(record[-4:]), "checksum")
    return _of_body(body)


def _of_body(body: bytes):
    value = cbor.loads(body)
    require(isinstance(value, list) and len(value) > 0, "record")
    kind = uint(value[0], 8)
    require(kind < len(_DECODERS), "kind of record")
    length, decoder = _DECODERS[kind]
    require(len(value) == length, "length of record")
    return decoder(value)


def _frame(value) -> bytes:
    require(len(data(value, FRAME_LIMIT)) > 0, "frame")
    return value


def _maybe(value, bits: int):
    return None if value is None else uint(value, bits)


def _heard(value: list) -> Heard:
    levels = signed(value[4], 8), signed(value[5], 8)
    return Heard(
        uint(value[1], 62), uint(value[2], 30), uint(value[3], 4), *levels, _frame(value[6])
    )


def _done(value: list) -> Done:
    require(uint(value[2], 8) < len(result_names()), "result")
    return Done(uint(value[1], _ID_BITS), value[2], uint(value[3], 24), _maybe(value[4], 24))


def _state(value: list) -> State:
    names = state_fields()
    require(isinstance(value[3], dict) and isinstance(value[4], list), "state")
    fields = {}
    for number, count in value[3].items():
        if uint(number, 8) < len(names):  # else a modem that is newer than this gateway
            fields[names[number]] = uint(count, 48)
    return State(text(value[1]), text(value[2]), fields, [_duty(row) for row in value[4]])


def _duty(row) -> tuple:
    require(isinstance(row, list) and len(row) == 3, "duty")
    return text(row[0], 1), uint(row[1], 24), uint(row[2], 24)


def _send(value: list) -> Send:
    after_ms, until_ms = uint(value[3], 16), uint(value[4], 16)
    require(after_ms <= until_ms <= _MAX_AFTER_MS, "times")
    channel = uint(value[5], 30), uint(value[6], 4), signed(value[7], 6)
    times = _maybe(value[2], 62), after_ms, until_ms
    return Send(uint(value[1], _ID_BITS), *times, *channel, _frame(value[8]))


def _tune(value: list) -> Tune:
    return Tune(uint(value[1], _ID_BITS), uint(value[2], 30), uint(value[3], 4))


# By kind: (items of the array, decoder).
_DECODERS = ((7, _heard), (5, _done), (5, _state), (9, _send), (4, _tune))
