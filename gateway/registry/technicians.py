"""Whose mount records are taken: names and public keys, each entered by an operator.

Place: cli -> here -> registry.db -> mounting.
Guarantee: a key is of one person, and nobody is in the list whom no operator has put there. Who
left it is known by the events; what he signed before and was taken stays.
"""

import base64
import binascii
import re
from typing import Any

from gateway.registry.database import Change, Database
from gateway.registry.errors import RegistryError
from gateway.registry.mounts import PUBLIC_BYTES, Mount, key_id
from gateway.registry.records import LINE

_TOLD = "as `tools/flash` prints it"


def add(database: Database, name: str, text: str) -> bool:
    """Trust a key in base64; return whether that is new. RegistryError where it does not fit."""
    if not re.fullmatch(LINE, name):
        raise RegistryError(f"name is {name!r}, should be up to 80 characters in one line")
    public = _public(text)
    with database.change() as change:
        known = change.row("SELECT * FROM technician WHERE id = ?", key_id(public))
        if known is not None:
            if known["name"] != name:
                wanted = f"`neckar-gateway technicians remove {known['id']}` it first"
                raise RegistryError(f"this key is of {known['name']!r} already: {wanted}")
            return False
        change.execute(
            "INSERT INTO technician VALUES (?, ?, ?, ?)",
            (key_id(public), name, public, change.now_s),
        )
        change.event("technician added", f"technician {key_id(public)}", name=name)
    return True


def remove(database: Database, which: str) -> str:
    """Take a key, by its id, or all keys of a name out of the list; return whose that was."""
    with database.change() as change:
        rows = change.execute(
            "SELECT id, name FROM technician WHERE ?1 IN (id, name) ORDER BY id", (which,)
        ).fetchall()
        if not rows:
            wanted = "`neckar-gateway technicians list` names all"
            raise RegistryError(f"technician {which!r} is unknown; {wanted}")
        for row in rows:
            change.execute("DELETE FROM technician WHERE id = ?", (row["id"],))
            change.event("technician removed", f"technician {row['id']}", name=row["name"])
    return str(rows[0]["name"])


def listed(database: Database) -> list[dict[str, Any]]:
    """Return all by name, each with the number of mounts that this key has signed."""
    return [
        {**dict(row), "public": base64.b64encode(row["public"]).decode("ascii")}
        for row in database.rows(
            "SELECT t.id, t.name, t.public, t.added_s,"
            " (SELECT count(*) FROM mount m WHERE m.signer = t.id) AS mounts"
            " FROM technician t ORDER BY t.name, t.id"
        )
    ]


def wrong_signature(change: Change, mount: Mount) -> str | None:
    """Return why the signature of a record does not count, and what to do."""
    row = change.row("SELECT * FROM technician WHERE id = ?", mount.signer)
    if row is None:
        return (
            f"signed by key {mount.signer}, which is of no technician here ({mount.by} by its own"
            f" words): if it is in good hands, `neckar-gateway technicians add NAME KEY`"
        )
    if not mount.is_signed_by(row["public"]):
        return (
            f"the signature is not that of {row['name']!r} (key {mount.signer}): the record was"
            " changed after it was signed; take it from the workshop once more"
        )
    return None


def _public(text: str) -> bytes:
    try:
        public = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        public = b""
    if len(public) != PUBLIC_BYTES:
        raise RegistryError(
            f"key is {text[:60]!r}, should be a public key, base64 of 32 bytes, {_TOLD}"
        )
    return public
