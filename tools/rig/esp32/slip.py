"""Packets on a serial line: SLIP, as the ROM bootloader speaks it (RFC 1055).

    c0 payload c0          in the payload: c0 is db dc, db is db dd

Place: bytes from the host -> `Packets` -> bootloader; its answers -> `framed` -> host.
Guarantee: pieces of any size give the same packets. Noise between packets becomes a packet that is
none, which its header tells; more of it than LIMIT_BYTES without an end is dropped.
"""

from functools import reduce
from operator import xor

LIMIT_BYTES = 1 << 17  # a packet has at most 16 KB, each byte escaped
_END = b"\xc0"
_CHECKSUM_SEED = 0xEF


class Packets:
    """Feed it what arrives; it keeps what has no end yet."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the packets that end in `data`."""
        if _END not in data:
            self._begun += data
            if len(self._begun) > LIMIT_BYTES:
                self._begun.clear()
            return []
        *ended, begun = (bytes(self._begun) + data).split(_END)
        self._begun = bytearray(begun)
        return [_plain(packet) for packet in ended if packet]


def framed(payload: bytes) -> bytes:
    """Return a packet as it goes over the line."""
    return _END + payload.replace(b"\xdb", b"\xdb\xdd").replace(_END, b"\xdb\xdc") + _END


def checksum(data: bytes) -> int:
    """Return the XOR of all bytes and 0xef (esptool's documentation, "Serial Protocol")."""
    size = len(data)
    word, width = int.from_bytes(data, "little"), 1 << max(size - 1, 0).bit_length()
    while width > 64:
        width //= 2
        word = (word >> 8 * width) ^ (word & (1 << 8 * width) - 1)
    return reduce(xor, word.to_bytes(64, "little"), _CHECKSUM_SEED)


def _plain(packet: bytes) -> bytes:
    if b"\xdb" not in packet:
        return packet
    return packet.replace(b"\xdb\xdc", _END).replace(b"\xdb\xdd", b"\xdb")
