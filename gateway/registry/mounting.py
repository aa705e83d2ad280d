"""Takes mount records into the registry: where a point is, and which node hangs there since when.

Place: merge -> here -> registry.db.
Guarantee: nothing counts that no technician of the list has signed. A mount may come before the
record of its node, or after it: it waits, and hangs the node up as soon as both are there. Of
several mounts of a point the latest says where it is, in whatever order they come; what an operator
has typed is kept, and told as a conflict.
"""

import json
import sqlite3
from typing import Any

from gateway.registry import installations, places, stated, technicians
from gateway.registry.importing import Import
from gateway.registry.installations import Statement, utc
from gateway.registry.mounts import Mount
from gateway.registry.records import Record, hardware

_KEPT = ("remarks",)  # an operator's words stay, and nobody has to decide


def take(work: Import, mount: Mount) -> None:
    """Take what a mount says of its point, and keep it for its node."""
    change = work.change
    known = change.row(
        "SELECT * FROM mount WHERE address = ? AND made_s = ?", mount.address, mount.made_s
    )
    if known is not None:
        problem = _of_versions(mount, known)
        if problem:
            work.refuse(mount, problem)
        else:
            work.summary.known += 1
        return
    problem = technicians.wrong_signature(change, mount) or places.make(
        change, mount, work.choices.create
    )
    if problem is None:
        problem = _fill(work, mount)
    if problem:
        work.refuse(mount, problem)
        return
    change.execute(
        "INSERT INTO mount VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            mount.address,
            mount.made_s,
            mount.point,
            mount.signer,
            mount.text,
            mount.source,
            change.now_s,
        ),
    )
    detail = {"point": mount.point, "by": mount.by, "signer": mount.signer, "link": mount.verdict}
    change.event("mounted", f"node {mount.address}", **detail, source=mount.source)
    work.summary.mounts += 1
    work.mounted.setdefault(mount.address, {})[mount.made_s] = mount


def _fill(work: Import, mount: Mount) -> str | None:
    """Write what is new of a point; return what an operator has set otherwise."""
    change, name_of_point = work.change, mount.point
    point = places.need_point(change, name_of_point)
    given = stated.told(json.loads(mount.text))
    different = {n: v for n, v in given.items() if point[n] is not None and point[n] != v}
    later = stated.later(change, name_of_point, mount.made_s) if different else set()
    earlier = stated.earlier(change, name_of_point, mount.made_s) if different else []
    was: dict[str, Any] = {}
    for name, value in given.items():
        if name in different:
            if name in later:
                continue
            if not any(before.get(name) == point[name] for before in earlier):
                if name in _KEPT or work.choices.keep:
                    continue
                return places.differs(point, name, value)
            was[name] = point[name]
        places.put(change, name_of_point, name, value)
    if was:
        now = {name: given[name] for name in was}
        change.event(
            "point changed", f"point {name_of_point}", now=now, was=was, source=mount.source
        )
    return None


def _of_versions(mount: Mount, known: sqlite3.Row) -> str | None:
    """Return how a mount differs from the one that is there of its node and moment."""
    before, now = json.loads(known["record"]), json.loads(mount.text)
    if before == now:
        return None
    different = [
        f"{name} is {now.get(name)!r} here, but {before.get(name)!r}"
        for name in sorted({*before, *now} - {"signature"})
        if before.get(name) != now.get(name)
    ] or ["the signature is another one here than"]
    where = f"in {known['source']}, imported {utc(known['imported_s'])}"
    return f"node {mount.address}, mounted {utc(mount.made_s)}: {'; '.join(different)} {where}"


def hang(work: Import) -> None:
    """Hang up every node of which both records are there now."""
    for address in sorted({*work.touched, *work.mounted}):
        node = work.change.row("SELECT * FROM node WHERE address = ?", address)
        rows = work.change.execute(
            "SELECT * FROM mount WHERE address = ? ORDER BY made_s", (address,)
        ).fetchall()
        if node is None or not rows:
            continue
        new = work.mounted.get(address, {})
        newest = work.touched.get(address) or new[max(new)]
        for row in rows:
            problem = _hung(work, row, node, new.get(row["made_s"], newest))
            if problem:
                work.refuse(new.get(row["made_s"], newest), problem)
        problem = _is_gone(work, node)
        if problem:
            work.refuse(newest, problem)


def _hung(work: Import, row: sqlite3.Row, node: sqlite3.Row, culprit: Record | Mount) -> str | None:
    """Say that a node hangs where a mount says; return what does not fit."""
    record = json.loads(row["record"])
    mount = f"the mount record in {row['source']}"
    given = record.get("hardware")
    if given is not None and hardware(given) != node["hardware"]:
        return (
            f"node {node['address']} is hardware {node['hardware']}, but {hardware(given)} in"
            f" {mount}: one of both has another address"
        )
    statement = Statement(
        address=node["address"],
        since_s=row["made_s"],
        epoch=record.get("epoch") or 0,
        point=row["point"],
        replaces=record.get("replaces"),
        by_record=False,
        who=record["by"],
        why=f"mount {row['source']}",
    )
    work.points.setdefault(row["point"], culprit)
    return installations.put(work.change, statement)


def _is_gone(work: Import, node: sqlite3.Row) -> str | None:
    """Return why a node that is out of service cannot hang anywhere now."""
    point = installations.point_of_node(work.change, node["address"])
    if node["state"] == "in_service" or point is None:
        return None
    return (
        f"node {node['address']} is {node['state']}, but hangs at {point!r} by its mount record:"
        " give it a new key first, or take that record out of the file"
    )
