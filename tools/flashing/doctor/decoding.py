"""What a node keeps of itself in flash, decoded: recorder, crash digest, counts, ladder.

Place: files of the board -> here -> OnBoard.
Guarantee: any bytes can be decoded; what is damaged is None, or counted, and never raised. No key
leaves `identity`: it returns the fingerprint.

The formats: firmware/node/recorder.py and files.py (records of a length byte, the payload and its
CRC-32), crash.py (CBOR), causes.py (four counts as text), ladder.py (two digits), counters.py.
"""

import binascii
import hashlib
import json
import re

from protocol import cbor
from protocol.errors import DecodeError
from tools.flashing.doctor.facts import Crash, Identity, Line

_CRC_BYTES = 4
_LINE = re.compile(r"(\d+) (\d+) (.*)", re.DOTALL)
_CRASH = [str, str, int, bytes, bool, int]
_COUNTS = 4
_MOST_FAILED = 5  # of the ladder: safe mode
_FIRMWARE_BYTES = 4
_MOST_BRACKETS = 300


def recorder(*files: bytes | None) -> tuple[tuple[Line, ...], int]:
    """Return the lines of /log/old and /log/new, and how many files end in something damaged."""
    lines: list[Line] = []
    damaged = 0
    for data in files:
        payloads, rest = records(data or b"")
        lines += [line for payload in payloads if (line := _line(payload)) is not None]
        damaged += bool(rest)
    return tuple(lines), damaged


def records(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the intact records at the beginning of a file, and what follows them."""
    found = []
    at = 0
    while at < len(data) and data[at]:
        end = at + 1 + data[at]
        payload = data[at + 1 : end]
        crc = data[end : end + _CRC_BYTES]
        if binascii.crc32(payload).to_bytes(_CRC_BYTES, "big") != crc:
            break
        found.append(payload)
        at = end + _CRC_BYTES
    return found, data[at:]


def _line(payload: bytes) -> Line | None:
    found = _LINE.fullmatch(payload.decode("utf-8", "replace"))
    return None if found is None else Line(int(found[1]), int(found[2]), found[3])


def crash(data: bytes | None) -> Crash | None:
    """Return the digest in /state/crash, or None."""
    try:
        stored = cbor.loads(data or b"")
    except DecodeError:
        return None
    if not isinstance(stored, list) or [type(part) for part in stored] != _CRASH:
        return None
    exception, module, line, firmware, was_told, more = stored
    return Crash(exception, module, line, firmware[:_FIRMWARE_BYTES].hex(), was_told, more)


def resets(data: bytes | None) -> tuple[int, int, int, int] | None:
    """Return power-ons, brown-outs, watchdog resets and crashes in /state/resets, or None."""
    words = (data or b"").split()
    if len(words) != _COUNTS or not all(word.isdigit() for word in words):
        return None
    power, brown, watchdog, crashes = (int(word) for word in words)
    return power, brown, watchdog, crashes


def failed(data: bytes | None) -> int | None:
    """Return how many starts failed in a row, as /state/ladder has it, or None."""
    if data is None or len(data) != 2 or not 0 <= data[0] - ord("0") <= _MOST_FAILED:
        return None
    return data[0] - ord("0")


def boots(data: bytes | None) -> int | None:
    """Return the number of starts in /state/boots, or None."""
    word = (data or b"").split(b" ")[0]
    return int(word) if word.isdigit() else None


def object_of(data: bytes | None) -> dict | None:
    """Return the JSON object of a file, or None; also for one that is deeper than ours ever are."""
    if data is None or data.count(b"[") + data.count(b"{") > _MOST_BRACKETS:
        return None
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def identity(data: bytes | None) -> Identity | None:
    """Return who /identity.json says the node is, or None where it is not whole."""
    given = object_of(data)
    if given is None:
        return None
    try:
        key = bytes.fromhex(given["key"])
        return Identity(int(given["node"]), int(given["epoch"]), check(key))
    except (KeyError, TypeError, ValueError):
        return None


def keys(data: bytes | None) -> list[bytes]:
    """Return the keys that stand in /identity.json: for `redact`, and for nobody else."""
    found = []
    for name, value in (object_of(data) or {}).items():
        if name.endswith("key") and isinstance(value, str):
            try:
                found.append(bytes.fromhex(value))
            except ValueError:
                found.append(value.encode())
    return [key for key in found if key]


def check(key: bytes) -> str:
    """Return the fingerprint of a key, as records and boards tell it."""
    return hashlib.sha256(b"neckar check " + key).hexdigest()[:16]
