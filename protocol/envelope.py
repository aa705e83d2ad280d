"""The envelope: one CBOR item per packet or record, authenticated, encrypted, never replayed.

Place: message -> `seal_up` -> frame ))) frame -> `parse` -> `open_up` -> message, and answers back.
Guarantee: what opens was sealed by an owner of the key, uplinks each once; everything else is a
`FrameError` that says why.

    frame    [address, count, sealed]    array of 3
    address  uint16: node -> gateway; -1 - node: gateway -> node (the CBOR sign is the direction)
    count    up: c, or -1 - c where the node listens for an answer; c is the 16 low bits of the
             32-bit counter, or all of it where that is more: a node that is not heard sends all,
             so that no gap, and no gateway that forgot the node, can lock it out
             down: r, or -1 - r where more waits at the gateway; r is counter % 24, one byte
    sealed   AES-CCM ciphertext || tag; tag 4 or 8 bytes up, 8 bytes down
    nonce    direction(1) node(2) epoch(4) counter(4) 00 00; prefix = everything before `sealed`

One counter is one nonce. Uplinks count, and the count must be durable before it is used. A
downlink is the one answer to an uplink and takes that uplink's counter: the gateway needs no
counter of its own, and the node, which knows what it asked, cannot be fed an old answer. A gateway
that lost its disk may answer a recorded uplink once more, so that two texts share a nonce: that
exposes the key stream of an answer nobody waits for any more, and nothing else of CCM's key.
"""

from protocol import cbor
from protocol._compat import const
from protocol.errors import (
    BAD_TAG,
    LOCKED_OUT,
    MALFORMED,
    REPLAYED,
    UNKNOWN_NODE,
    DecodeError,
    FrameError,
)

TAG_RADIO = const(4)
TAG_WIRE = const(8)
STRONG = const(8)  # the tag of every answer, and of uplinks in which a node asks in vain

_ARRAY_OF_3 = const(0x83)
ANSWER_RANGE = const(24)
_SHORTEST = const(10)  # of a frame whose heads are all there: what is shorter is looked at closely


class Parsed:
    """The parts of a frame whose form is right; nothing is authenticated yet.

    `more`: up, the node listens for an answer; down, more waits at the gateway.
    """

    __slots__ = ("down", "low", "more", "node", "prefix", "sealed")

    def __init__(self, node, down, low, more, prefix, sealed):
        self.node = node
        self.down = down  # True: gateway -> node
        self.low = low
        self.more = more
        self.prefix = prefix
        self.sealed = sealed


def parse(frame: bytes) -> Parsed:
    """Take a frame apart, or raise FrameError(MALFORMED)."""
    try:
        return _parse_usual(frame) or _parse(frame)
    except DecodeError:
        raise FrameError(MALFORMED)


def _parse_usual(frame: bytes) -> Parsed | None:
    """Return the parts of an uplink with a short count, as nearly all are; None: look closer."""
    if len(frame) < _SHORTEST or frame[0] != _ARRAY_OF_3:
        return None
    node = frame[1]
    at = 2
    if node == 0x19 and frame[2]:
        node = frame[2] << 8 | frame[3]
        at = 4
    elif node == 0x18 and frame[2] >= 24:
        node = frame[2]
        at = 3
    elif node >= 24:
        return None
    head = frame[at]
    low = head & 0x1F
    at += 1
    if low == 25 and frame[at]:
        low = frame[at] << 8 | frame[at + 1]
        at += 2
    elif low == 24 and frame[at] >= 24:
        low = frame[at]
        at += 1
    elif low >= 24:
        return None
    start = at + 1
    length = frame[at] ^ 0x40
    if length == 24 and frame[start] >= 24:
        length = frame[start]
        start += 1
    elif length >= 24:
        return None
    if head > 0x3F or start + length != len(frame):
        return None
    return Parsed(node, False, low, head > 0x1F, bytes(frame[:at]), bytes(frame[start:]))


def _parse(frame: bytes) -> Parsed:
    if not frame or frame[0] != _ARRAY_OF_3:
        raise DecodeError("not an array of three")
    sign, node, at = cbor.take_head(frame, 1)
    if sign > cbor.NINT or node > 0xFFFF:
        raise DecodeError("address")
    more, low, at = cbor.take_head(frame, at)
    if more > cbor.NINT or low >= (ANSWER_RANGE if sign else 1 << 32):
        raise DecodeError("count")
    major, length, start = cbor.take_head(frame, at)
    if major != cbor.BYTES or length != len(frame) - start:
        raise DecodeError("sealed part")
    sealed = bytes(frame[start:])
    return Parsed(node, sign == cbor.NINT, low, more == cbor.NINT, bytes(frame[:at]), sealed)


class Envelope:
    """One node's key in one epoch; both sides have the same. `tag_length` is that of uplinks."""

    def __init__(self, cipher, node: int, epoch: int, tag_length: int):
        self._cipher = cipher
        self._node = node
        self.epoch = epoch
        self._tag_length = tag_length
        self.is_weak = tag_length < STRONG  # uplinks may have a tag that can be guessed in years
        self._nonce = bytearray(13)
        self._nonce[1:3] = node.to_bytes(2, "big")
        self._nonce[3:7] = epoch.to_bytes(4, "big")

    def seal_up(self, counter, plain, asks=False, whole=False, strong=False) -> bytes:
        """Return the node's frame number `counter`.

        `asks`: the node listens for an answer; `whole`: all 32 bits of the counter are told;
        `strong`: with a tag of 8 bytes, whatever the link.
        """
        low = counter if whole else counter & 0xFFFF
        tag_length = STRONG if strong else self._tag_length
        return self._seal(self._node, counter, -1 - low if asks else low, plain, tag_length)

    def seal_answer(self, counter: int, plain: bytes, more: bool = False) -> bytes:
        """Return the gateway's answer to uplink `counter`; there must be only one."""
        low = counter % ANSWER_RANGE
        return self._seal(-1 - self._node, counter, -1 - low if more else low, plain, STRONG)

    def _seal(self, address: int, counter: int, low: int, plain: bytes, tag_length: int) -> bytes:
        if counter > 0xFFFFFFFF:
            raise ValueError("the counter is used up: a new epoch is due")
        frame = bytearray([_ARRAY_OF_3])
        cbor.put(frame, address)
        cbor.put(frame, low)
        sealed = self._cipher.seal(self._of(counter, address < 0), frame, plain, tag_length)
        cbor.put_head(frame, cbor.BYTES, len(sealed))
        return bytes(frame) + sealed

    def _of(self, counter: int, down: bool) -> bytearray:
        """Return the nonce of a frame; it is good until the next call."""
        nonce = self._nonce
        nonce[0] = 1 if down else 0
        nonce[7:11] = counter.to_bytes(4, "big")
        return nonce

    def open_up(self, parsed: Parsed, window, strong_only: bool = False) -> tuple:
        """Return (counter, plaintext) of an uplink new to `window`, or raise FrameError.

        `strong_only`: only a tag of 8 bytes counts (see `lockout`).
        """
        if parsed.node != self._node or parsed.down:
            raise FrameError(UNKNOWN_NODE)
        counter = parsed.low if parsed.low > 0xFFFF else window.complete(parsed.low)
        plain = None
        if not strong_only or self._tag_length == STRONG:
            plain = self._open(parsed, counter, self._tag_length)
        if plain is None and self._tag_length != STRONG:
            plain = self._open(parsed, counter, STRONG)
        if plain is None:
            raise FrameError(LOCKED_OUT if strong_only else BAD_TAG)
        if not window.is_fresh(counter):
            raise FrameError(REPLAYED)
        window.accept(counter)
        return counter, plain

    def open_next(self, parsed: Parsed, counter: int) -> bytes | None:
        """Return the plaintext of an uplink if it has just this counter and the usual tag.

        It is `open_up` for what comes all day, and leaves the window to its caller.
        """
        if parsed.low != counter & 0xFFFF:
            return None
        return self._open(parsed, counter, self._tag_length)

    def open_answer(self, parsed: Parsed, counter: int) -> bytes:
        """Return the plaintext of the answer to uplink `counter`, or raise FrameError."""
        if parsed.node != self._node or not parsed.down:
            raise FrameError(UNKNOWN_NODE)
        if parsed.low != counter % ANSWER_RANGE:
            raise FrameError(REPLAYED)
        plain = self._open(parsed, counter, STRONG)
        if plain is None:
            raise FrameError(BAD_TAG)
        return plain

    def _open(self, parsed: Parsed, counter: int, tag_length: int) -> bytes | None:
        if counter > 0xFFFFFFFF:
            return None
        nonce = self._of(counter, parsed.down)
        return self._cipher.open(nonce, parsed.prefix, parsed.sealed, tag_length)
