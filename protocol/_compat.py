"""The whole difference between MicroPython and CPython: five names, one meaning each.

Place: below everything in `protocol`; nothing else in the package asks where it runs.
Guarantee: no clock is read here. On the device `ticks_add` and `ticks_diff` are the C functions of
`time`, which are arithmetic only; there `1 << 30` is a heap object, so the formula must stay in C.
"""

try:
    from micropython import const
except ImportError:

    def const(value):
        """Return `value`; on MicroPython the compiler folds the constant away."""
        return value


try:
    from time import ticks_add, ticks_diff  # type: ignore[attr-defined]
except ImportError:
    _PERIOD = 1 << 30  # a 32-bit port wraps `ticks_ms` here, after 12.4 days

    def ticks_add(ticks: int, delta: int) -> int:
        """Return `ticks` moved by `delta`, wrapped to the tick period."""
        return (ticks + delta) % _PERIOD

    def ticks_diff(later: int, earlier: int) -> int:
        """Return `later - earlier` as a signed distance of at most half a period."""
        return (later - earlier + _PERIOD // 2) % _PERIOD - _PERIOD // 2


try:
    from cryptolib import aes as _aes

    _ZERO = bytes(16)

    class Ecb:
        """AES-128 of each block by itself (FIPS 197), under one key."""

        def __init__(self, key: bytes):
            self._cipher = _aes(key, 1)

        def encrypt(self, blocks: bytearray) -> None:
            """Encrypt whole 16-byte blocks in place."""
            self._cipher.encrypt(blocks, blocks)

    def aes_cbc(key: bytes, blocks: bytearray) -> None:
        """Encrypt whole 16-byte blocks in place, chained from a zero block (SP 800-38A 6.2)."""
        _aes(key, 2, _ZERO).encrypt(blocks, blocks)

except ImportError:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    class Ecb:  # type: ignore[no-redef]
        """AES-128 of each block by itself (FIPS 197), under one key."""

        def __init__(self, key: bytes):
            # ECB is only the block primitive here: counter blocks never repeat under one key.
            self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305

        def encrypt(self, blocks: bytearray) -> None:
            """Encrypt whole 16-byte blocks in place."""
            blocks[:] = self._cipher.encryptor().update(blocks)

    def aes_cbc(key: bytes, blocks: bytearray) -> None:
        """Encrypt whole 16-byte blocks in place, chained from a zero block (SP 800-38A 6.2)."""
        blocks[:] = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor().update(blocks)
