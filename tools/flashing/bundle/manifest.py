"""What a bundle says of itself, and the signature under it.

    manifest.json   {"kind": "neckar/bundle", "format": 1, "tool": "0.1.0", "version": "0.1.0",
                     "commit": "40 hex", "dirty": false, "created": "2026-11-25T16:42:54Z",
                     "hash": "8 hex", "images": {"esp32": {...}},
                     "members": {name: [bytes, "sha256"]}}
    signature.json  {"key": "base64 of 32 bytes", "signature": "base64 of 64 bytes"}

Place: making -> `seal` -> members -> `check` -> opening.
Guarantee: the signature is Ed25519 (RFC 8032) over the bytes of manifest.json. It is checked before
anything of the manifest is read, and the manifest names every other member with size and SHA-256.
What `check` returns was all of that. `tool` is the oldest version of tools/flash that may use it.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tools.flashing.errors import FlashError
from tools.flashing.keys import Signer

KIND, FORMAT = "neckar/bundle", 1
LEAST_TOOL = "0.1.0"
MANIFEST, SIGNATURE = "manifest.json", "signature.json"
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64


def encode(content: object) -> bytes:
    """Return JSON that is the same for the same content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def seal(facts: dict[str, Any], members: dict[str, bytes], signer: Signer) -> dict[str, bytes]:
    """Return members with manifest and signature."""
    listed = {name: [len(data), _digest(data)] for name, data in members.items()}
    manifest = encode({**facts, "kind": KIND, "format": FORMAT, "members": listed})
    signature = _told(signer.public, signer.sign(manifest))
    return {**members, MANIFEST: manifest, SIGNATURE: signature}


def signed_by(members: dict[str, bytes], path: Path) -> bytes:
    """Return the public key that a bundle says it is signed with; F205 where it says none."""
    return _signature(members, path)[0]


def check(
    members: dict[str, bytes], trusted: Collection[bytes], tool: str, path: Path
) -> dict[str, Any]:
    """Return the manifest of a bundle that is signed by a trusted key, and complete.

    `tool` is our own version. F205 to F211 where the bundle is not to be used.
    """
    key, signature = _signature(members, path)
    if key not in trusted:
        raise FlashError("F206", path=path, key=base64_of(key))
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, members[MANIFEST])
    except (InvalidSignature, ValueError):
        raise FlashError("F207", path=path, key=base64_of(key)) from None
    manifest = _read(members[MANIFEST])
    if manifest.get("kind") != KIND or manifest.get("format") != FORMAT:
        raise FlashError("F208", path=path, format=manifest.get("format", "?"), known=FORMAT)
    if _version(manifest["tool"]) > _version(tool):
        raise FlashError("F209", path=path, needed=manifest["tool"], version=tool)
    _check_members(members, manifest["members"], path)
    return manifest


def _check_members(members: dict[str, bytes], listed: dict[str, list[Any]], path: Path) -> None:
    for name in sorted({*members, *listed} - {MANIFEST, SIGNATURE}):
        if name not in members or name not in listed:
            raise FlashError("F210", path=path, name=name)
        if [len(members[name]), _digest(members[name])] != listed[name]:
            raise FlashError("F211", path=path, name=name)


def _signature(members: dict[str, bytes], path: Path) -> tuple[bytes, bytes]:
    """Return key and signature; F205 where there are none."""
    if MANIFEST not in members or SIGNATURE not in members:
        raise FlashError("F205", path=path)
    try:
        found = json.loads(members[SIGNATURE])
        key = base64.b64decode(found["key"], validate=True)
        signature = base64.b64decode(found["signature"], validate=True)
    except (binascii.Error, KeyError, RecursionError, TypeError, ValueError):
        key = signature = b""
    if (len(key), len(signature)) != (_KEY_BYTES, _SIGNATURE_BYTES):
        raise FlashError("F205", path=path)
    if members[SIGNATURE] != _told(key, signature):
        raise FlashError("F205", path=path)  # base64 has several texts for the same bytes
    return key, signature


def _told(key: bytes, signature: bytes) -> bytes:
    return encode({"key": base64_of(key), "signature": base64_of(signature)})


def _read(text: bytes) -> dict[str, Any]:
    """Return a manifest; an empty one where another format has something else there."""
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", text)[:3])


def base64_of(data: bytes) -> str:
    """Return a public key as people give it to each other."""
    return base64.b64encode(data).decode("ascii")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
