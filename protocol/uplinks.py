"""What came up to a gateway: with which key, and which event its message makes.

Place: under `gateway_session`.
"""

from protocol import batch as batches
from protocol import commands, messages, reading, reports, updates
from protocol import session as kinds
from protocol.errors import DecodeError
from protocol.window import ReplayWindow


class Key:
    """A node's key in one epoch, with the window of the frames sealed with it."""

    def __init__(self, envelope, replay: ReplayWindow):
        self.envelope = envelope
        self.replay = replay


class Uplink:
    """Where a message came from: what its answer needs."""

    __slots__ = ("asks", "counter", "key")

    def __init__(self, key: Key, counter: int, asks: bool):
        self.key = key
        self.counter = counter
        self.asks = asks


def check_end(end: int) -> None:
    """An Ack must be able to say `end`: who has used up the numbers needs a new epoch."""
    if end >= batches.NUMBERS:
        raise DecodeError("numbers are used up")


def kind_of(message) -> str:
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
