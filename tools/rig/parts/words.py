"""How Sensirion's chips put words on I2C: two bytes and a checksum, most significant byte first.

Place: a part's answer -> `pack` -> bus; bus -> `unpack` -> a part's parameters.
Guarantee: pure functions. SCD4x data sheet (version 1.7) 3.3, 3.12; SPS30 (version 1.0) 6.2.
"""

from tools.rig.parts.part import NACK

_GENERATOR = 0x131  # x^8 + x^5 + x^4 + 1


def checksum(word: int) -> int:
    """Return the CRC-8 of a word, as the rest of a long division; it starts from 0xFF."""
    rest = (word ^ 0xFF00) << 8
    for bit in range(23, 7, -1):
        if rest >> bit & 1:
            rest ^= _GENERATOR << (bit - 8)
    return rest


def pack(words: list[int], damaged: bool = False) -> bytes:
    """Return words as they travel; damaged: no checksum fits."""
    data = bytearray()
    for word in words:
        data += word.to_bytes(2, "big")
        data.append(checksum(word) ^ (0x55 if damaged else 0))
    return bytes(data)


def unpack(data: bytes) -> list[int] | None:
    """Return the words, or None where a length or a checksum does not fit."""
    if len(data) % 3:
        return None
    words = [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 3)]
    return words if pack(words) == bytes(data) else None


def silence() -> OSError:
    """Return what a bus says where nobody acknowledges; raised twice, one error would grow."""
    return OSError(*NACK.args)
