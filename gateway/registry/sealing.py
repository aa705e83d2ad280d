"""Seals a node's key to a gateway's public key, and opens it: HPKE (RFC 9180).

Place: records -> here -> merge. The running gateway does not need it.
Guarantee: a sealed key opens only with the private key, and only for its address and epoch.

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, single shot, `enc || ct`. The
library's face has no associated data, so address and epoch are in `info`: they go into the key
schedule (RFC 9180, 5.1) and bind as tightly. Base mode does not say who sealed: whoever may import
records has to trust the file.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from gateway.registry.gateway_key import KEY_BYTES

SEALED_BYTES = 32 + KEY_BYTES + 16  # enc, key, tag
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def _info(address: int, epoch: int) -> bytes:
    return b"neckar key 1 %d/%d" % (address, epoch)


def seal(public: bytes, address: int, epoch: int, key: bytes) -> bytes:
    """Return a node's key sealed to a public key of 32 bytes."""
    recipient = X25519PublicKey.from_public_bytes(public)
    return _SUITE.encrypt(key, recipient, info=_info(address, epoch))


def open_sealed(private: bytes, address: int, epoch: int, sealed: bytes) -> bytes | None:
    """Return a node's key, or None where it is damaged, or sealed to another key or for another."""
    recipient = X25519PrivateKey.from_private_bytes(private)
    try:
        key = _SUITE.decrypt(sealed, recipient, info=_info(address, epoch))
    except (InvalidTag, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None
