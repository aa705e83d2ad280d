"""Records and registries for tests: a gateway's key, boards with keys, a database to fill."""

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.registry import mounts, technicians
from gateway.registry.database import Database
from gateway.registry.gateway_key import GatewayKey
from gateway.registry.merge import Choices, merge
from gateway.registry.record_files import parse
from gateway.registry.records import FORMAT
from gateway.registry.sealing import seal

PRIVATE = bytes(range(100, 132))
GATEWAY = GatewayKey(PRIVATE)
NOW_S = 1_764_000_000  # 2025-11-24
DAY_S = 86400
TECHNICIAN = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SPOT = {"lat": 49.1427, "lon": 9.2109, "height_m": 3.5, "direction_deg": 180, "pole": "L 12"}
LINK = {"way": "cable", "verdict": "green", "frames": 10, "answered": 10, "up_db": 14,
        "down_db": 12, "sf": 9, "when": "2025-06-02T12:00:00Z"}  # fmt: skip


def key_of(address: int, epoch: int = 1) -> bytes:
    """Return the key that a board has in these tests."""
    return hashlib.sha256(b"key %d %d" % (address, epoch)).digest()[:16]


def record(address: int, epoch: int = 1, made: str = "2025-06-01T12:00:00Z", **changes) -> dict:
    """Return a record as tools/flash writes it; a change to None takes a field out."""
    sealed = seal(GATEWAY.public, address, epoch, key_of(address, epoch))
    values = {
        "record": FORMAT,
        "address": address,
        "epoch": epoch,
        "hardware": f"24:6f:28:00:{address >> 8:02x}:{address & 255:02x}",
        "board": "esp32",
        "radio": True,
        "lab": "innenstadt",
        "point": f"air-{address}",
        "made": made,
        "by": "uli",
        "sealed": {GATEWAY.id: base64.b64encode(sealed).decode()},
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def public(key: Ed25519PrivateKey) -> bytes:
    """Return the public half of a technician's key."""
    return key.public_key().public_bytes_raw()


def mount(address: int = 17, made: str = "2025-06-02T12:00:00Z", key=TECHNICIAN, **changes) -> dict:
    """Return a mount record as tools/flash writes it; a change to None takes a field out."""
    values = {
        "record": mounts.FORMAT,
        "address": address,
        "lab": "innenstadt",
        "point": f"mast-{address}",
        "place": SPOT,
        "link": LINK,
        "by": "E. Maier",
        "made": made,
        "signer": mounts.key_id(public(key)),
        **changes,
    }
    kept = {name: value for name, value in values.items() if value is not None}
    signature = key.sign(mounts.canonical(kept).encode())
    return {**kept, "signature": base64.b64encode(signature).decode()}


def trust(database: Database) -> None:
    """Let the technician's mounts be taken."""
    technicians.add(database, "E. Maier", base64.b64encode(public(TECHNICIAN)).decode())


def lines(*records: dict) -> bytes:
    """Return records as JSON lines."""
    return "".join(json.dumps(r) + "\n" for r in records).encode()


def take(database: Database, *records: dict, name: str = "a.json", create: bool = True, **choices):
    """Import records as one file; return what it brought."""
    checked = parse(name, lines(*records), NOW_S)
    return merge(database, GATEWAY, name, checked, Choices(create=create, **choices))


def facts(database: Database) -> dict[str, list[tuple]]:
    """Return all that must not depend on the order of imports."""
    queries = {
        "lab": "SELECT * FROM lab ORDER BY id",
        "point": "SELECT * FROM point ORDER BY id",
        "node": "SELECT address, hardware, board, radio, lab, state, epoch, extra FROM node"
        " ORDER BY address",
        "key": "SELECT address, epoch, mark, state, record FROM node_key ORDER BY address, epoch",
        "installation": "SELECT address, since_s, epoch, point, replaces FROM installation"
        " ORDER BY address, since_s, epoch",
        "mount": "SELECT address, made_s, point, signer, record FROM mount"
        " ORDER BY address, made_s",
        "history": "SELECT point, address, epoch, from_s, to_s FROM history"
        " ORDER BY point, from_s, epoch",
    }
    return {name: [tuple(row) for row in database.rows(sql)] for name, sql in queries.items()}
