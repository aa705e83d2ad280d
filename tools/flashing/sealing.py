"""Seals a node's key to the gateways that may hear it, so that a record can be mailed.

Place: records, tools.demonstration -> here -> `sealed` of a record. The format: docs/registry.md.
Guarantee: what is sealed opens with one of the private keys only, and only for its address and
epoch.

HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, single shot,
`enc || ct`. Address and epoch are in `info`, for the library's face has no associated data.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

KEY_BYTES = 16
PUBLIC_BYTES = 32
SEALED_BYTES = 32 + KEY_BYTES + 16  # enc, key, tag
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def seal(key: bytes, address: int, epoch: int, publics: Iterable[bytes]) -> dict[str, str]:
    """Return {id of a public key: base64 of the sealed key}; public keys have 32 bytes each."""
    info = _info(address, epoch)
    sealed = {}
    for public in publics:
        content = _SUITE.encrypt(key, X25519PublicKey.from_public_bytes(public), info=info)
        sealed[key_id(public)] = base64.b64encode(content).decode("ascii")
    return sealed


def open_sealed(
    sealed: Mapping[str, str], address: int, epoch: int, private: bytes
) -> bytes | None:
    """Return the key that was sealed to a private key's public one; None where it does not open."""
    recipient = X25519PrivateKey.from_private_bytes(private)
    text = sealed.get(key_id(recipient.public_key().public_bytes_raw()), "")
    try:
        key = _SUITE.decrypt(base64.b64decode(text), recipient, info=_info(address, epoch))
    except (InvalidTag, ValueError, binascii.Error):
        return None
    return key if len(key) == KEY_BYTES else None


def key_id(public: bytes) -> str:
    """Return the name of a public key: the first 8 bytes of its SHA-256, in hexadecimal."""
    return hashlib.sha256(public).hexdigest()[:16]


def is_public(public: bytes) -> bool:
    """Say whether something can be sealed to these bytes: 32, and no point of low order."""
    if len(public) != PUBLIC_BYTES:
        return False
    try:  # RFC 7748, section 6.1: a shared secret of zeros only is refused
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        return False
    return True


def check_of(key: bytes) -> str:
    """Return the fingerprint of a node's key that boards and records are compared by.

    8 bytes of a SHA-256, in hexadecimal; from 16 random bytes it tells nothing of the key.
    """
    return hashlib.sha256(b"neckar check " + key).hexdigest()[:16]


def _info(address: int, epoch: int) -> bytes:
    return b"neckar key 1 %d/%d" % (address, epoch)
