"""Workshops, gateways' keys and claims for tests."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tools.flashing import workshop_making
from tools.flashing.errors import FlashError
from tools.flashing.messages.records import MESSAGES
from tools.flashing.records import Claim, Records

NOW = 1_795_600_000  # 2026-11-25
LAB = "innenstadt"
GATEWAY, SECOND, ESCROW, STRANGER = (
    X25519PrivateKey.from_private_bytes(bytes(range(at, at + 32))) for at in (1, 40, 80, 120)
)


def private(key: X25519PrivateKey) -> bytes:
    return key.private_bytes_raw()


def public(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


RECIPIENTS = [public(GATEWAY), public(SECOND), public(ESCROW)]


def mac(number: int) -> str:
    return f"24:6f:28:00:{number >> 8:02x}:{number & 255:02x}"


def make(folder: Path, **changes):
    """Return a workshop with one lab of two gateways, and the city's escrow key."""
    given = {"by": "Uli", "operator": "Stadt Heilbronn", "addresses": "10-99", **changes}
    workshop_making.create(folder, escrow=public(ESCROW), **given)
    return workshop_making.add_lab(folder, LAB, gateways=[public(GATEWAY), public(SECOND)])


def records(folder: Path, addresses: range = range(10, 100)) -> Records:
    """Return the records of a folder that has no settings."""
    folder.mkdir(exist_ok=True)
    return Records(folder, addresses)


def claim(store: Records, number: int, now: float = NOW, **changes) -> Claim:
    """Have a board claimed; its number makes its MAC."""
    given = {
        "board": "heltec-v3",
        "radio": True,
        "profile": "air",
        "by": "Uli",
        "recipients": RECIPIENTS,
        "now": now,
        **changes,
    }
    return store.claim(mac(number), given.pop("lab", LAB), **given)


def finished(store: Records, number: int, now: float = NOW, **changes) -> Claim:
    """Have a board claimed and finished."""
    made = claim(store, number, now, **changes)
    store.finish(made, {"flash": {"release": "0.1.0"}}, now)
    return made


def said(error: FlashError) -> FlashError:
    """Return an error whose message has all its values, in both languages."""
    for sentence in MESSAGES[error.code]:
        assert sentence.format(**error.values)
    return error


def refused(code: str, call, *arguments, **named) -> FlashError:
    """Return the error of a call that has to end with a code."""
    with pytest.raises(FlashError) as e:
        call(*arguments, **named)
    assert e.value.code == code, e.value
    return said(e.value)


def files(store: Records) -> set[str]:
    """Return all files that are not hidden, by name within the folder."""
    found = (p for p in store.folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {str(p.relative_to(store.folder)) for p in found}


def forms(key: bytes) -> list[bytes]:
    """Return the ways in which a key may be written."""
    base = [base64.b64encode(key), base64.urlsafe_b64encode(key), base64.b32encode(key)]
    base += [base64.b64encode(bytes(shift) + key)[4:20] for shift in (1, 2)]  # within something
    texts = [key.hex(), key.hex().upper(), key.hex(" "), key.hex(":"), str(list(key))]
    return [
        key,
        key[::-1],
        *(text.rstrip(b"=") for text in base),
        *(text.encode() for text in texts),
        repr(key).encode()[2:-1],
    ]
