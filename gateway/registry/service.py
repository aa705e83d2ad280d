"""What an operator does with hardware: revoke, retire, swap, and add one without a record.

Place: cli -> here -> registry.db.
Guarantee: a node is never deleted: its address, keys and history stay. Each act has an event with
who, when and why.
"""

import sqlite3

from gateway.registry import installations
from gateway.registry.database import Change, Database
from gateway.registry.errors import RegistryError
from gateway.registry.installations import Statement
from gateway.registry.places import check_text


def revoke(database: Database, address: int, reason: str, at_s: int | None = None) -> None:
    """Take a node's right to be heard; what it sends from now on is kept apart as evidence."""
    check_text("reason", reason)
    with database.change() as change:
        node = need_node(change, address)
        if node["state"] == "revoked":
            raise RegistryError(f"node {address} is revoked already")
        change.execute("UPDATE node SET state = 'revoked' WHERE address = ?", (address,))
        _take_down(change, node, at_s, reason)
        change.event("node revoked", f"node {address}", reason=reason, at_s=at_s)
        change.touch(address)


def revoke_epoch(database: Database, address: int, epoch: int, reason: str) -> None:
    """Take one key that is not the newest; the node is heard with its newer keys."""
    check_text("reason", reason)
    with database.change() as change:
        node = need_node(change, address)
        if epoch == node["epoch"]:
            wanted = "revoke the node, or give it a new key first"
            raise RegistryError(f"epoch {epoch} is the newest key of node {address}: {wanted}")
        found = change.execute(
            "UPDATE node_key SET state = 'revoked'"
            " WHERE address = ? AND epoch = ? AND state = 'good'",
            (address, epoch),
        ).rowcount
        if not found:
            raise RegistryError(f"node {address} has no key of epoch {epoch} that is in use")
        change.event("key revoked", f"node {address}", epoch=epoch, reason=reason)
        change.touch(address)


def retire(database: Database, address: int, reason: str, at_s: int | None = None) -> None:
    """Put a node out of service for good; a newer key brings it back."""
    check_text("reason", reason)
    with database.change() as change:
        node = need_node(change, address)
        if node["state"] != "in_service":
            raise RegistryError(f"node {address} is {node['state']} already")
        change.execute("UPDATE node SET state = 'retired' WHERE address = ?", (address,))
        _take_down(change, node, at_s, reason)
        change.event("node retired", f"node {address}", reason=reason, at_s=at_s)
        change.touch(address)


def swap(
    database: Database, point: str, address: int, reason: str, at_s: int | None = None
) -> int | None:
    """Hang a node at a point; return the address that hung there, or None.

    Point, series and entity stay. The old hardware stays in service, at no point: what it has not
    delivered yet still belongs to this one.
    """
    check_text("reason", reason)
    with database.change() as change:
        node = need_node(change, address)
        if node["state"] != "in_service":
            wanted = "should be in service: give it a new key first"
            raise RegistryError(f"node {address} is {node['state']}, {wanted}")
        row = change.row("SELECT lab FROM point WHERE id = ?", point)
        if row is None:
            raise RegistryError(
                f"point {point!r} is unknown; `neckar-gateway points list` names all"
            )
        holder = installations.holder_of(change, point)
        old = holder["address"] if holder else None
        if old == address:
            raise RegistryError(f"node {address} hangs at {point!r} already")
        since_s = installations.moment(change, address, point) if at_s is None else at_s
        statement = Statement(
            address, since_s, node["epoch"], point, old, False, change.who, f"swap: {reason}"
        )
        problem = installations.put(change, statement) or installations.wrong_at(change, point)
        if not problem and installations.point_of_node(change, address) != point:
            problem = f"something newer than {installations.utc(since_s)} is known of both"
        if problem:
            raise RegistryError(f"{problem}; choose another time with --at")
        change.event("swap", f"point {point}", node=address, replaces=old, reason=reason)
        change.touch(address)
        if old is not None:
            change.touch(old)
    return old


def _take_down(change: Change, node: sqlite3.Row, at_s: int | None, reason: str) -> None:
    address = node["address"]
    if at_s is None and installations.point_of_node(change, address) is None:
        return
    since_s = installations.moment(change, address, None) if at_s is None else at_s
    statement = Statement(
        address, since_s, node["epoch"], None, None, False, change.who, f"taken down: {reason}"
    )
    problem = installations.put(change, statement)
    if problem:
        raise RegistryError(f"{problem}; choose another time with --at")


def need_node(change: Change, address: int) -> sqlite3.Row:
    """Return a node, or raise RegistryError."""
    row = change.row("SELECT * FROM node WHERE address = ?", address)
    if row is None:
        raise RegistryError(f"node {address} is unknown; `neckar-gateway nodes list` names all")
    return row


def need_point(database: Database, point: str) -> None:
    """Raise RegistryError where a point is not there."""
    if database.row("SELECT 1 FROM point WHERE id = ?", point) is None:
        raise RegistryError(
            f"point {point!r} is unknown: make it with --create, or with"
            f" `neckar-gateway points set {point} --lab LAB`"
        )
