"""The gateway's private key: its file, its names, and what keeps nodes' keys on disk.

Place: key file -> here -> registry (unwrap), merge (wrap), sealing (the private key itself).
Guarantee: neither `repr` nor an error shows a key. Python cannot wipe memory: a private key lives
as long as its object, and copies of it may.

Opening a sealed key costs X25519, 46 us here; 60,000 of them would be three seconds at each
start. So a key that was opened once is wrapped again by AES-128-GCM under a storage key that HKDF
derives from the private key (RFC 5869).
"""

import base64
import binascii
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.registry.errors import RegistryError, RegistryFileError

PRIVATE_BYTES = 32
KEY_BYTES = 16
_NONCE_BYTES = 12
_MARK_BYTES = 16
_INIT = "made by `neckar-gateway keys init`"


class GatewayKey:
    """One private key; `id` is its public name, 16 hexadecimal digits; `public` has 32 bytes."""

    def __init__(self, private: bytes):
        if len(private) != PRIVATE_BYTES:
            raise RegistryError(f"the gateway's private key has not {PRIVATE_BYTES} bytes")
        self.private = private
        self.public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
        self.id = key_id(self.public)
        self._storage = AESGCM(_derived(private, b"neckar registry storage 1"))
        self._marking = _derived(private, b"neckar registry mark 1")

    def __repr__(self) -> str:
        return f"GatewayKey({self.id})"

    def wrap(self, address: int, epoch: int, key: bytes) -> bytes:
        """Return a node's key as it may lie on disk: nonce || ciphertext || tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._storage.encrypt(nonce, key, _place(address, epoch))

    def unwrap(self, address: int, epoch: int, wrapped: bytes) -> bytes | None:
        """Return a node's key, or None where it is damaged or belongs elsewhere."""
        nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            key = self._storage.decrypt(nonce, sealed, _place(address, epoch))
        except (InvalidTag, ValueError):  # ValueError: shorter than a nonce
            return None
        return key if len(key) == KEY_BYTES else None

    def mark(self, key: bytes) -> bytes:
        """Return what is equal for equal keys only, and tells nothing to others."""
        return hmac.digest(self._marking, key, hashlib.sha256)[:_MARK_BYTES]


def key_id(public: bytes) -> str:
    """Return the name of a public key: the first 8 bytes of its SHA-256, in hexadecimal."""
    return hashlib.sha256(public).hexdigest()[:16]


def _place(address: int, epoch: int) -> bytes:
    return b"%d/%d" % (address, epoch)


def _derived(private: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 16, salt=None, info=purpose).derive(private)


def read_private(path: Path) -> bytes:
    """Return the private key of a file: one line of base64; RegistryError else."""
    try:
        text = path.read_bytes()
    except OSError as e:
        raise RegistryError(f"key file {path} cannot be read: {e.strerror}; it is {_INIT}") from e
    try:
        private = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        private = b""
    if len(private) != PRIVATE_BYTES:
        raise RegistryError(f"key file {path} holds no private key; one is {_INIT}")
    return private


def make(path: Path) -> GatewayKey:
    """Make a private key and its file, for the owner only; never over one that is there."""
    key = GatewayKey(os.urandom(PRIVATE_BYTES))
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as e:
        wanted = "it is never overwritten, for all nodes' keys are sealed to it"
        raise RegistryError(f"key file {path} is there already: {wanted}") from e
    except OSError as e:
        raise RegistryError(f"key file {path} cannot be made: {e.strerror}") from e
    try:
        os.write(file, base64.b64encode(key.private) + b"\n")
        os.fsync(file)
        _sync_folder(path.parent)
    except OSError as e:
        path.unlink(missing_ok=True)
        raise RegistryFileError(f"key file {path} cannot be written: {e.strerror}") from e
    finally:
        os.close(file)
    return key


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
