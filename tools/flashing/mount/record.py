"""The mount record: what was found and said at a mast, signed and on the disk of the workshop.

Place: flow -> here -> mounts/ -> `neckar-gateway nodes import`. The format: docs/mounting.md.
Guarantee: when `write` returns, the record is on the disk, whole, under a name of its own; none is
ever written over. What is signed is its canonical JSON without the signature.
"""

import base64
import json
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tools.flashing import durable
from tools.flashing.allocation import check_clock
from tools.flashing.errors import FlashError
from tools.flashing.mount.verdict import Link
from tools.flashing.record_format import time_text

FORMAT = "neckar/mount/1"
FOLDER = "mounts"
_LOCK = ".lock"


class Signer(Protocol):
    """What is needed of `keys.Signer`."""

    id: str

    def sign(self, data: bytes) -> bytes:
        """Return the Ed25519 signature of data."""


def canonical(record: dict[str, Any]) -> bytes:
    """Return what is signed: JSON in UTF-8 without spaces, names sorted, without the signature."""
    kept = {name: value for name, value in record.items() if name != "signature"}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def link_part(link: Link, way: str, now: float) -> dict[str, Any]:
    """Return what a record says of a test; `way` is cable or gateway."""
    values = {
        "way": way,
        "verdict": link.colour,
        "frames": link.frames,
        "answered": link.answered,
        "up_db": link.up_db,
        "down_db": link.down_db,
        "sf": link.sf,
        "when": time_text(now),
    }
    return {name: value for name, value in values.items() if value is not None}


def signed(values: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """Return a whole record; what is None or empty is left out."""
    kept = {name: value for name, value in values.items() if value not in (None, {}, "")}
    record = {"record": FORMAT, **kept, "signer": signer.id}
    signature = base64.b64encode(signer.sign(canonical(record))).decode("ascii")
    return {**record, "signature": signature}


def is_signed(record: dict[str, Any], public: bytes) -> bool:
    """Say whether a record is as the owner of a public key has signed it."""
    try:
        signature = base64.b64decode(str(record.get("signature")), validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, canonical(record))
    except (InvalidSignature, ValueError):
        return False
    return True


def write(folder: Path, values: dict[str, Any], signer: Signer, now: float) -> Path:
    """Sign a mount made `now` and put it into the folder `mounts` of a workshop; return its file.

    No two of a workshop are of one second: the gateway tells those of a node apart by their time.
    """
    check_clock(now)
    mounts = folder / FOLDER
    durable.make_folder(mounts)
    with durable.locked(mounts / _LOCK):
        for part in mounts.glob(f".*{durable.PART}"):  # of a cut
            durable.remove(part)
        while any(mounts.glob(f"*-{_stamp(now)}.json")):
            now += 1
        record = signed({**values, "made": time_text(now)}, signer)
        path = mounts / f"{record['point']}-{_stamp(now)}.json"
        content = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        durable.write_new(path, content, 0o644)
    return path


def _stamp(now: float) -> str:
    return time_text(now).replace("-", "").replace(":", "")


def read(path: Path) -> dict[str, Any]:
    """Return the record in a file, or raise F540."""
    try:
        record = json.loads(path.read_bytes())
    except OSError as e:
        raise FlashError("F540", file=path, why=e.strerror or str(e)) from e
    except (ValueError, RecursionError) as e:
        raise FlashError("F540", file=path, why=str(e)) from e
    if not isinstance(record, dict) or record.get("record") != FORMAT:
        raise FlashError("F540", file=path, why=FORMAT)
    return record
