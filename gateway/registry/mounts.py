"""A mount record: who hung which node where, how good its link is there; signed by a technician.

Place: record_files -> here -> mounting. The format is described in docs/mounting.md.
Guarantee: whatever is wrong raises ConfigError: field, value, what would be right. What is kept and
compared is what was signed, to the byte.
"""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.errors import ConfigError
from gateway.fields import Table
from gateway.registry.records import (
    HARDWARE,
    LAB,
    LAB_WANTED,
    LINE,
    MAX_EPOCH,
    POINT,
    POINT_WANTED,
    hardware,
    place,
    seconds,
)

FORMAT = "neckar/mount/1"
KEY_ID = r"[0-9a-f]{16}"
PUBLIC_BYTES = 32
_SIGNATURE_BYTES = 64
_SIGNED = "signature"
_REMARKS = r"[^\x00-\x1f\x7f\ud800-\udfff]{1,500}"
_PHOTO = r"[^\x00-\x1f\x7f\ud800-\udfff/\\]{1,120}"
_SHA256 = r"[0-9a-f]{64}"
_MOST_PHOTO_BYTES = 2**32
_VERDICTS = ("green", "yellow", "red")
_WAYS = ("cable", "gateway")
_MOST_FRAMES = 50


@dataclass(frozen=True)
class Mount:
    """What a technician signed at a mast; `epoch`, `hardware`, `link`, `photo` where known.

    `text` is the JSON of the whole record, canonical. `signer` names the technician's key.
    """

    source: str
    address: int
    epoch: int | None
    hardware: str | None
    lab: str
    point: str
    place: dict[str, float | str]
    remarks: str | None
    replaces: int | None
    verdict: str | None
    made_s: int
    by: str
    signer: str
    text: str = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def is_signed_by(self, public: bytes) -> bool:
        """Say whether the signature is of this Ed25519 key (RFC 8032) and of these very words."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, self.signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def key_id(public: bytes) -> str:
    """Return the name of a public key: the first 8 bytes of its SHA-256, in hexadecimal."""
    return hashlib.sha256(public).hexdigest()[:16]


def canonical(values: dict[str, Any]) -> str:
    """Return JSON with sorted names and no spaces, as it is signed (in UTF-8)."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def checked(source: str, values: dict[str, Any], now_s: int) -> Mount:
    """Return the Mount of a JSON object; ConfigError names the field that is wrong."""
    table = Table("", values)
    table.text("record", pattern=re.escape(FORMAT), wanted=repr(FORMAT))
    text = table.text("hardware", None, HARDWARE, "a MAC address")
    verdict = _link(table, now_s)
    _photo(table)
    mount = Mount(
        source=source,
        address=table.integer("address", 0, 65535),
        epoch=table.integer("epoch", 0, MAX_EPOCH) if table.has("epoch") else None,
        hardware=hardware(text) if text else None,
        lab=table.text("lab", pattern=LAB, wanted=LAB_WANTED),
        point=table.text("point", pattern=POINT, wanted=POINT_WANTED),
        place=place(table.table("place")),
        remarks=table.text("remarks", None, _REMARKS, "up to 500 characters in one line"),
        replaces=table.integer("replaces", 0, 65535) if table.has("replaces") else None,
        verdict=verdict,
        made_s=seconds("made", table.text("made"), now_s),
        by=table.text("by", pattern=LINE, wanted="up to 80 characters: who"),
        signer=table.text("signer", pattern=KEY_ID, wanted="16 hexadecimal digits"),
        text=_encodable("record", canonical(values)),
        signed=canonical({n: v for n, v in values.items() if n != _SIGNED}).encode(),
        signature=_signature(table.text(_SIGNED, pattern=".*", wanted="base64 of 64 bytes")),
    )
    table.finish()
    return mount


def _encodable(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConfigError(name, "***", "without halves of surrogate pairs") from None
    return text


def _link(table: Table, now_s: int) -> str | None:
    """Check what the test of the link found; return its colour."""
    if not table.has("link"):
        return None
    link = table.table("link")
    link.text("way", pattern="|".join(_WAYS), wanted="one of " + ", ".join(_WAYS))
    colours = "|".join(_VERDICTS)
    verdict: str = link.text("verdict", pattern=colours, wanted="one of " + ", ".join(_VERDICTS))
    frames = link.integer("frames", 1, _MOST_FRAMES)
    link.integer("answered", 0, frames)
    for name, lowest, highest in (("up_db", -99, 99), ("down_db", -99, 99), ("sf", 7, 12)):
        if link.has(name):
            link.integer(name, lowest, highest)
    seconds("link.when", link.text("when"), now_s)
    link.finish()
    return verdict


def _photo(table: Table) -> None:
    """Check the name and the hash of a photo that lies elsewhere."""
    if not table.has("photo"):
        return
    photo = table.table("photo")
    photo.text("name", pattern=_PHOTO, wanted="the name of a file, without folders")
    photo.text("sha256", pattern=_SHA256, wanted="64 hexadecimal digits")
    photo.integer("bytes", 1, _MOST_PHOTO_BYTES)
    photo.finish()


def _signature(text: str) -> bytes:
    try:
        signature = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if len(signature) != _SIGNATURE_BYTES:
        raise ConfigError(_SIGNED, "***", f"base64 of {_SIGNATURE_BYTES} bytes")
    return signature
