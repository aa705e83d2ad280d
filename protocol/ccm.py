"""AES-CCM (RFC 3610, NIST SP 800-38C) from the two primitives an ESP32 has: AES-ECB and AES-CBC.

Place: under `envelope`. Two C calls a message: one CBC pass is the CBC-MAC, one ECB pass over all
counter blocks is the key stream; the exclusive-or is one operation on big integers.
Guarantee: `open` returns None for anything that was not sealed with this key, nonce and prefix,
and compares the tag in constant time. The L of RFC 3610 is 15 minus the length of the nonce.
"""

from protocol._compat import aes_cbc, aes_ecb


class Ccm:
    """A 128-bit key ready to seal and open; the gateway passes a faster object of the same face."""

    def __init__(self, key: bytes):
        if len(key) != 16:
            raise ValueError("an AES-128 key has 16 bytes")
        self._key = bytes(key)

    def seal(self, nonce: bytes, prefix: bytes, plain: bytes, tag_length: int) -> bytes:
        """Return ciphertext || tag of `plain`; `prefix` is authenticated and not encrypted."""
        stream = self._key_stream(nonce, len(plain))
        tag = self._mac(nonce, prefix, plain, tag_length)
        return _xor(plain, stream[16:]) + _xor(tag[:tag_length], stream)

    def open(self, nonce: bytes, prefix: bytes, sealed: bytes, tag_length: int) -> bytes | None:
        """Return the plaintext of ciphertext || tag, or None where the tag does not fit."""
        length = len(sealed) - tag_length
        if length < 0:
            return None
        stream = self._key_stream(nonce, length)
        plain = _xor(sealed[:length], stream[16:])
        tag = _xor(self._mac(nonce, prefix, plain, tag_length)[:tag_length], stream)
        difference = 0
        for i in range(tag_length):
            difference |= tag[i] ^ sealed[length + i]
        return plain if difference == 0 else None

    def _key_stream(self, nonce: bytes, length: int) -> bytes:
        """Return S_0 (for the tag) and as many S_i as `length` bytes need, 16 bytes each."""
        width = 15 - len(nonce)
        counters = bytearray()
        for i in range((length + 15) // 16 + 1):
            counters.append(width - 1)
            counters.extend(nonce)
            counters.extend(i.to_bytes(width, "big"))
        return aes_ecb(self._key, bytes(counters))

    def _mac(self, nonce: bytes, prefix: bytes, plain: bytes, tag_length: int) -> bytes:
        """Return the CBC-MAC T over B_0, the prefix and the plaintext (RFC 3610, 2.2)."""
        if tag_length % 2 or not 4 <= tag_length <= 16:
            raise ValueError("a tag has 4, 6 .. 16 bytes")
        width = 15 - len(nonce)
        flags = (64 if prefix else 0) | (tag_length - 2) // 2 << 3 | (width - 1)
        blocks = bytearray([flags])
        blocks.extend(nonce)
        blocks.extend(len(plain).to_bytes(width, "big"))
        if prefix:
            blocks.extend(len(prefix).to_bytes(2, "big"))
            blocks.extend(prefix)
            _pad(blocks)
        blocks.extend(plain)
        _pad(blocks)
        return aes_cbc(self._key, bytes(blocks))[-16:]


def _pad(blocks: bytearray) -> None:
    blocks.extend(bytes(-len(blocks) % 16))


def _xor(data: bytes, stream: bytes) -> bytes:
    length = len(data)
    if length == 0:
        return b""
    both = int.from_bytes(data, "big") ^ int.from_bytes(stream[:length], "big")
    return both.to_bytes(length, "big")
