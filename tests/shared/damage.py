"""Every way to spoil a string of bytes that a decoder has to survive.

A decoder that promises one encoding for each value is held to it: what it takes after a change
must be what its encoder writes for that value.
"""

from protocol import cbor, messages
from protocol.commands import REKEY, Command
from protocol.errors import DecodeError
from protocol.reports import Crash, exceptions
from tests.shared.expect import Chance, refuses


def flipped(data: bytes):
    """Yield every copy of `data` with one bit changed."""
    for bit in range(8 * len(data)):
        copy = bytearray(data)
        copy[bit // 8] ^= 128 >> bit % 8
        yield bytes(copy)


def changed(values, place: int, value) -> list:
    """Return a copy with another value in one place, or one more at the end."""
    copy = list(values)
    copy[place : place + 1] = [value]
    return copy


def survives(decode, again, data: bytes) -> int:
    """Hold a decoder to its promises on one valid encoding; return how many changes it took.

    Every prefix and every tail is refused; every changed bit gives DecodeError, or a value for
    which `again(changed bytes, value)` holds.
    """
    for end in range(len(data)):
        refuses(DecodeError, decode, data[:end])
    for tail in (b"\x00", b"\x80", b"\xf6", b"\xff", data):
        refuses(DecodeError, decode, data + tail)
    taken = 0
    for other in flipped(data):
        taken += is_taken(decode, again, other)
    return taken


def is_taken(decode, again, data: bytes) -> bool:
    """Say whether a decoder takes these bytes; what it takes must hold `again`."""
    try:
        value = decode(data)
    except DecodeError:
        return False
    assert again(data, value), data
    return True


def survives_noise(decode, again, seed: int, rounds: int, longest: int, heads=(b"",)) -> int:
    """Feed noise after each of `heads`; return how much of it was taken."""
    chance = Chance(seed)
    taken = 0
    for _ in range(rounds):
        noise = chance.bytes(chance.below(longest + 1))
        for head in heads:
            taken += is_taken(decode, again, head + noise)
    return taken


def is_newer(plain: bytes, message) -> bool:
    """Say whether a plaintext has parts of a newer version, which the reader does not keep."""
    value = cbor.loads(plain)
    if isinstance(message, Crash):
        return value[1] >= len(exceptions())
    if isinstance(message, Command):
        return message.op > REKEY
    if isinstance(message, messages.Ack) and isinstance(value, list) and len(value) == 3:
        return any(not 0 <= key <= 7 for key in value[2])
    return False


def is_canonical(plain: bytes, message) -> bool:
    """Say whether these bytes are the one encoding of the message that they were read as."""
    return is_newer(plain, message) or messages.encode(message) == plain


def survives_all(examples) -> None:
    """Hold `messages.decode` to its promises on each of these messages."""
    for message in examples:
        survives(messages.decode, is_canonical, messages.encode(message))
