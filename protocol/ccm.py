"""AES-CCM (RFC 3610, NIST SP 800-38C) from the two primitives an ESP32 has: AES-ECB and AES-CBC.

Place: under `envelope`. Two C calls a message: one CBC pass is the CBC-MAC, one ECB pass over all
counter blocks is the key stream; the exclusive-or is one operation on big integers.
Guarantee: `open` returns None for anything that was not sealed with this key, nonce and prefix,
and compares the tag in constant time. The L of RFC 3610 is 15 minus the length of the nonce.
"""

from protocol._compat import Ecb, aes_cbc


class Ccm:
    """A 128-bit key ready to seal and open; the gateway passes a faster object of the same face."""

    def __init__(self, key: bytes):
        if len(key) != 16:
            raise ValueError("an AES-128 key has 16 bytes")
        self._key = bytes(key)
        self._ecb = Ecb(self._key)

    def seal(self, nonce: bytes, prefix: bytes, plain: bytes, tag_length: int) -> bytes:
        """Return ciphertext || tag of `plain`; `prefix` is authenticated and not encrypted."""
        length = len(plain)
        stream = self._key_stream(nonce, length)
        data = bytearray(len(stream))
        data[:16] = self._mac(nonce, prefix, plain, tag_length)
        data[16 : 16 + length] = plain
        # S_0 covers the tag, S_1 .. the text: one exclusive-or for both
        sealed = _xor(data, stream)
        return sealed[16 : 16 + length] + sealed[:tag_length]

    def open(self, nonce: bytes, prefix: bytes, sealed: bytes, tag_length: int) -> bytes | None:
        """Return the plaintext of ciphertext || tag, or None where the tag does not fit."""
        length = len(sealed) - tag_length
        if length < 0:
            return None
        stream = self._key_stream(nonce, length)
        data = bytearray(len(stream))
        data[:tag_length] = sealed[length:]
        data[16 : 16 + length] = sealed[:length]
        opened = _xor(data, stream)
        plain = opened[16 : 16 + length]
        mac = self._mac(nonce, prefix, plain, tag_length)
        difference = 0
        for i in range(tag_length):
            difference |= mac[i] ^ opened[i]
        return plain if difference == 0 else None

    def _key_stream(self, nonce: bytes, length: int) -> bytearray:
        """Return S_0 (for the tag) and as many S_i as `length` bytes need, 16 bytes each."""
        blocks = bytearray((length + 31) // 16 * 16)
        for at in range(0, len(blocks), 16):
            blocks[at] = 14 - len(nonce)
            blocks[at + 1 : at + 1 + len(nonce)] = nonce
            blocks[at + 14] = at >> 12
            blocks[at + 15] = at >> 4 & 255
        self._ecb.encrypt(blocks)
        return blocks

    def _mac(self, nonce: bytes, prefix: bytes, plain: bytes, tag_length: int) -> bytearray:
        """Return the CBC-MAC T over B_0, the prefix and the plaintext (RFC 3610, 2.2)."""
        if tag_length % 2 or not 4 <= tag_length <= 16:
            raise ValueError("a tag has 4, 6 .. 16 bytes")
        start = 16 + ((len(prefix) + 17) // 16 * 16 if prefix else 0)
        blocks = bytearray((start + len(plain) + 15) // 16 * 16)
        blocks[0] = (64 if prefix else 0) | (tag_length - 2) // 2 << 3 | (14 - len(nonce))
        blocks[1 : 1 + len(nonce)] = nonce
        blocks[14] = len(plain) >> 8
        blocks[15] = len(plain) & 255
        if prefix:
            blocks[16] = len(prefix) >> 8
            blocks[17] = len(prefix) & 255
            blocks[18 : 18 + len(prefix)] = prefix
        blocks[start : start + len(plain)] = plain
        aes_cbc(self._key, blocks)
        return blocks[-16:]


def _xor(data: bytearray, stream: bytearray) -> bytes:
    both = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
    return both.to_bytes(len(data), "big")
