"""The secrets of a workshop, each a file of its own, and the public keys that people paste.

    service.key     32 random bytes, from which every node's service key follows
    technician.key  an Ed25519 private key, which signs what was done at a mast
    escrow.key      an X25519 private key, if it is made here; it belongs into a safe

Place: `create` -> files; files -> here -> workshop, mounting.
Guarantee: a file of a secret is for its owner only, and is never overwritten. Neither `repr` nor an
error shows a secret.
"""

import base64
import binascii
import os
import re
import stat
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tools.flashing import durable
from tools.flashing.errors import FlashError
from tools.flashing.sealing import is_public, key_id

SECRET_BYTES = 32
SERVICE_KEY_BYTES = 16
_MOST_BYTES = 4096
_OTHERS = 0o077
_BASE64 = re.compile(r"(?<![0-9A-Za-z+/=_-])[0-9A-Za-z+/]{43}=(?![0-9A-Za-z+/=_-])")
_ID = re.compile(r"(?<![0-9A-Za-z+/=_-])[0-9a-f]{16}(?![0-9A-Za-z+/=_-])")


class Signer:
    """A technician's signing key: `sign(data)` returns 64 bytes, `public` has 32, `id` names it."""

    def __init__(self, secret: bytes):
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self._key.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    def __repr__(self) -> str:
        return f"Signer({self.id})"

    def sign(self, data: bytes) -> bytes:
        """Return the Ed25519 signature (RFC 8032) of data."""
        return self._key.sign(data)


def service_key(secret: bytes, address: int) -> bytes:
    """Return the 16 bytes that open the locked console of a node."""
    info = b"neckar service %d" % address
    return HKDF(hashes.SHA256(), SERVICE_KEY_BYTES, salt=None, info=info).derive(secret)


def make_secret(path: Path) -> bytes:
    """Make a file with 32 random bytes; F302 where there is one."""
    secret = os.urandom(SECRET_BYTES)
    try:
        durable.write_new(path, base64.b64encode(secret) + b"\n", 0o600)
    except FileExistsError:
        raise FlashError("F302", path=path) from None
    return secret


def make_private_key(path: Path) -> bytes:
    """Make an X25519 private key, as `neckar-gateway keys init` does; return the public key."""
    private = X25519PrivateKey.from_private_bytes(make_secret(path))
    return private.public_key().public_bytes_raw()


def read_secret(path: Path) -> bytes:
    """Return the 32 bytes of a file; F303 to F305 where it is not there, open to others, or bad."""
    content = _read_private(path)
    try:
        secret = base64.b64decode(content.strip(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise FlashError("F305", path=path)
    return secret


def read_line(path: Path) -> str:
    """Return the one line of a file that only its owner can read; F303 to F305 else."""
    text = _read_private(path).decode("utf-8", "replace").strip()
    if not text or "\n" in text:
        raise FlashError("F305", path=path)
    return text


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
        mode = stat.S_IMODE(path.stat().st_mode)
    except PermissionError:
        raise FlashError("F321", path=path) from None
    except OSError as e:
        raise FlashError("F303", path=path, why=e.strerror or str(e)) from e
    if mode & _OTHERS:
        raise FlashError("F304", path=path, mode=f"{mode:04o}")
    return content


def told(public: bytes) -> str:
    """Return a public key as `neckar-gateway keys show` prints it."""
    return f"public key  {encoded(public)}\nkey id      {key_id(public)}"


def encoded(public: bytes) -> str:
    """Return a public key in base64."""
    return base64.b64encode(public).decode("ascii")


def read_public(text: str) -> bytes | None:
    """Return the X25519 key of a text that names key and id, as `keys show` prints them, or None.

    The id has to be there and to fit: a key with a slip in it would make records that nobody can
    ever open, and so would a private key that was pasted instead.
    """
    public = read_bare(text)
    ids = _ID.findall(_BASE64.sub(" ", text))
    if public is None or ids != [key_id(public)] or not is_public(public):
        return None
    return public


def read_bare(text: str) -> bytes | None:
    """Return the 32 bytes of the one base64 text of that length in a text, or None."""
    found = _BASE64.findall(text)
    return base64.b64decode(found[0]) if len(found) == 1 else None
