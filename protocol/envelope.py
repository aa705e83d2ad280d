"""The envelope: one CBOR item per packet or record, authenticated, encrypted, never replayed.

Place: message -> `seal_up` -> frame ))) frame -> `parse` -> `open_up` -> message, and answers back.
Guarantee: what opens was sealed by an owner of the key, uplinks each once; everything else is a
`FrameError` that says why.

    frame    [address, low, sealed]    array of 3
    address  uint16: node -> gateway; -1 - node: gateway -> node (the CBOR sign is the direction)
    low      the 16 low bits of the 32-bit counter, or all of it where it is larger: a node whose
             last frame was not answered sends all, so that no gap, and no gateway that forgot the
             node, can lock it out
    sealed   AES-CCM ciphertext || tag; tag 4 bytes over LoRa, 8 over a wire
    nonce    direction(1) node(2) epoch(4) counter(4) 00 00; prefix = everything before `sealed`

One counter is one nonce. Uplinks count, and the count must be durable before it is used. A
downlink is the one answer to an uplink and takes that uplink's counter: the gateway needs no
counter of its own, and the node, which knows what it asked, cannot be fed an old answer. A gateway
that lost its disk may answer a recorded uplink once more, so that two texts share a nonce: that
exposes the key stream of an answer nobody waits for any more, and nothing else of CCM's key.
"""

from protocol import cbor
from protocol._compat import const
from protocol.errors import BAD_TAG, MALFORMED, REPLAYED, UNKNOWN_NODE, DecodeError, FrameError

TAG_RADIO = const(4)
TAG_WIRE = const(8)

_ARRAY_OF_3 = const(0x83)


class Parsed:
    """The parts of a frame whose form is right; nothing is authenticated yet."""

    def __init__(self, node, down, low, prefix, sealed):
        self.node = node
        self.down = down  # True: gateway -> node
        self.low = low
        self.prefix = prefix
        self.sealed = sealed


def parse(frame: bytes) -> Parsed:
    """Take a frame apart, or raise FrameError(MALFORMED)."""
    try:
        return _parse(frame)
    except DecodeError:
        raise FrameError(MALFORMED)


def _parse(frame: bytes) -> Parsed:
    if not frame or frame[0] != _ARRAY_OF_3:
        raise DecodeError("not an array of three")
    sign, node, at = cbor.take_head(frame, 1)
    if sign > cbor.NINT or node > 0xFFFF:
        raise DecodeError("address")
    major, low, at = cbor.take_head(frame, at)
    if major != cbor.UINT or low > (0xFFFF if sign else 0xFFFFFFFF):
        raise DecodeError("counter")
    major, length, start = cbor.take_head(frame, at)
    if major != cbor.BYTES or length != len(frame) - start:
        raise DecodeError("sealed part")
    return Parsed(node, sign == cbor.NINT, low, bytes(frame[:at]), bytes(frame[start:]))


def _nonce(down: bool, node: int, epoch: int, counter: int) -> bytes:
    out = bytearray([1 if down else 0])
    out.extend(node.to_bytes(2, "big"))
    out.extend(epoch.to_bytes(4, "big"))
    out.extend(counter.to_bytes(4, "big"))
    out.extend(b"\x00\x00")
    return bytes(out)


class Envelope:
    """One node's key in one epoch, on links with one length of tag; both sides have the same."""

    def __init__(self, cipher, node: int, epoch: int, tag_length: int):
        self._cipher = cipher
        self._node = node
        self._epoch = epoch
        self._tag_length = tag_length

    def seal_up(self, counter: int, plain: bytes, whole: bool = False) -> bytes:
        """Return the node's frame number `counter`; `whole` tells all 32 bits of it."""
        return self._seal(self._node, counter, counter if whole else counter & 0xFFFF, plain)

    def seal_answer(self, counter: int, plain: bytes) -> bytes:
        """Return the gateway's answer to uplink `counter`; there must be only one."""
        return self._seal(-1 - self._node, counter, counter & 0xFFFF, plain)

    def _seal(self, address: int, counter: int, low: int, plain: bytes) -> bytes:
        if counter > 0xFFFFFFFF:
            raise ValueError("the counter is used up: a new epoch is due")
        frame = bytearray([_ARRAY_OF_3])
        cbor.put(frame, address)
        cbor.put(frame, low)
        nonce = _nonce(address < 0, self._node, self._epoch, counter)
        cbor.put(frame, self._cipher.seal(nonce, bytes(frame), plain, self._tag_length))
        return bytes(frame)

    def open_up(self, parsed: Parsed, window) -> tuple:
        """Return (counter, plaintext) of an uplink new to `window`, or raise FrameError."""
        if parsed.node != self._node or parsed.down:
            raise FrameError(UNKNOWN_NODE)
        counter = parsed.low if parsed.low > 0xFFFF else window.complete(parsed.low)
        plain = self._open(parsed, counter)
        if not window.is_fresh(counter):
            raise FrameError(REPLAYED)
        window.accept(counter)
        return counter, plain

    def open_answer(self, parsed: Parsed, counter: int) -> bytes:
        """Return the plaintext of the answer to uplink `counter`, or raise FrameError."""
        if parsed.node != self._node or not parsed.down:
            raise FrameError(UNKNOWN_NODE)
        if parsed.low != counter & 0xFFFF:
            raise FrameError(REPLAYED)
        return self._open(parsed, counter)

    def _open(self, parsed: Parsed, counter: int) -> bytes:
        if counter > 0xFFFFFFFF:
            raise FrameError(REPLAYED)
        nonce = _nonce(parsed.down, self._node, self._epoch, counter)
        plain = self._cipher.open(nonce, parsed.prefix, parsed.sealed, self._tag_length)
        if plain is None:
            raise FrameError(BAD_TAG)
        return plain
