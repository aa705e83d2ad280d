"""New firmware in blocks: what is offered, what the node still wants, and a block of it.

Place: under `messages`. The node asks and the gateway answers, so that each node takes blocks at
its own pace and within its own budget; what a node does with a whole image is not told here.
Guarantee: an image is known by the first 8 bytes of its SHA-256, in all three messages.

    Offer  [7, image, size, block_size, firmware]   down
    Want   [8, image, first, missing]               up: block `first` and those of the bitmap,
                                                    bit 0x80 of byte 0 is block first + 1
    Block  [9, image, index, bytes]                 down
"""

from protocol._compat import const
from protocol.fields import BLOCK, OFFER, WANT, data, require, text, uint

_IMAGE = const(8)
_SIZE_BITS = const(24)
_BLOCK_LIMIT = const(400)
_BITMAP_LIMIT = const(32)


class Offer:
    """An image of `size` bytes in blocks of `block_size` is there for the node."""

    kind = OFFER

    def __init__(self, image: bytes, size: int, block_size: int, firmware: str):
        self.image = image
        self.size = size
        self.block_size = block_size
        self.firmware = firmware

    def plain(self) -> list:
        """Return the CBOR value."""
        return [OFFER, self.image, self.size, self.block_size, self.firmware]


class Want:
    """The node wants block `first`, and those whose bits in `missing` are set."""

    kind = WANT

    def __init__(self, image: bytes, first: int, missing: bytes = b""):
        self.image = image
        self.first = first
        self.missing = missing

    def plain(self) -> list:
        """Return the CBOR value."""
        return [WANT, self.image, self.first, self.missing]


class Block:
    """Block `index` of an image."""

    kind = BLOCK

    def __init__(self, image: bytes, index: int, block: bytes):
        self.image = image
        self.index = index
        self.block = block

    def plain(self) -> list:
        """Return the CBOR value."""
        return [BLOCK, self.image, self.index, self.block]


def _image(value) -> bytes:
    require(len(data(value, _IMAGE)) == _IMAGE, "image")
    return value


def offer_from(value: list) -> Offer:
    """Return the Offer of a decoded array, or raise DecodeError."""
    require(len(value) == 5, "offer")
    size, block_size = uint(value[2], _SIZE_BITS), uint(value[3], 16)
    require(size > 0 and 0 < block_size <= _BLOCK_LIMIT, "offer: sizes")
    return Offer(_image(value[1]), size, block_size, text(value[4]))


def want_from(value: list) -> Want:
    """Return the Want of a decoded array, or raise DecodeError."""
    require(len(value) == 4, "want")
    return Want(_image(value[1]), uint(value[2], _SIZE_BITS), data(value[3], _BITMAP_LIMIT))


def block_from(value: list) -> Block:
    """Return the Block of a decoded array, or raise DecodeError."""
    require(len(value) == 4, "block")
    block = data(value[3], _BLOCK_LIMIT)
    require(len(block) > 0, "block")
    return Block(_image(value[1]), uint(value[2], _SIZE_BITS), block)
