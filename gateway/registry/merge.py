"""Takes the records of one file into the registry: all of them, or none.

Place: records -> here -> registry.db.
Guarantee: the same file again changes nothing, and files made offline may come in any order. Where
two versions contradict each other nothing is taken, and both are named with where they come from.
A key is opened once, wrapped, and forgotten.
"""

import json
import sqlite3
from collections.abc import Iterable

from gateway.registry import conflicts, installations, mounting, places
from gateway.registry.database import Database, bind
from gateway.registry.errors import RefusedError
from gateway.registry.gateway_key import GatewayKey
from gateway.registry.importing import Choices, Import, Summary
from gateway.registry.installations import Statement
from gateway.registry.mounts import Mount
from gateway.registry.records import Record
from gateway.registry.sealing import open_sealed

_CAREFUL = Choices()


def merge(
    database: Database,
    key: GatewayKey,
    source: str,
    records: Iterable[Record | Mount],
    choices: Choices = _CAREFUL,
) -> Summary:
    """Take all records of a source, or raise RefusedError with every conflict."""
    with database.change() as change:
        bind(change, key.id)
        work = Import(change, key, choices)
        for record in records:
            if isinstance(record, Mount):
                mounting.take(work, record)
            else:
                _take(work, record)
        mounting.hang(work)
        _check_places(work)
        if work.refused:
            raise RefusedError(source, work.refused)
        for address in work.touched:
            change.touch(address)
        if work.touched or work.summary.mounts:
            counts = {name: count for name, count in vars(work.summary).items() if count}
            change.event("import", source, **counts)
    return work.summary


def _take(work: Import, record: Record) -> None:
    if record.retired:
        opened = None
    else:
        opened = _opened(work, record)
        if opened is None:
            return
    node = work.change.row("SELECT * FROM node WHERE address = ?", record.address)
    problem = conflicts.of_board(work.change, record, node)
    if problem:
        work.refuse(record, problem)
    elif opened is None:
        _retire(work, record, node)
    else:
        _add_key(work, record, node, opened)


def _opened(work: Import, record: Record) -> bytes | None:
    sealed = record.sealed.get(work.key.id)
    if sealed is None:
        work.refuse(record, conflicts.not_sealed(record, work.key.id))
        return None
    key = open_sealed(work.key.private, record.address, record.epoch, sealed)
    if key is None:
        work.refuse(
            record,
            f"sealed.{work.key.id} cannot be opened: it is damaged, or was sealed for another"
            f" node or epoch than {record.address}, {record.epoch}",
        )
    return key


def _add_key(work: Import, record: Record, node: sqlite3.Row | None, key: bytes) -> None:
    change, address, epoch = work.change, record.address, record.epoch
    mark = work.key.mark(key)
    known = change.row("SELECT * FROM node_key WHERE address = ? AND epoch = ?", address, epoch)
    if known is not None:
        _compare(work, record, known, key, mark)
        return
    revoked = node is not None and node["state"] == "revoked"
    newer = node is None or epoch > node["epoch"]
    problem = conflicts.of_key(change, record, mark)
    if problem is None and node is not None and revoked and newer:
        problem = None if address in work.choices.back else conflicts.of_revoked(record, node)
    if problem:
        work.refuse(record, problem)
        return
    if not _has_place(work, record):
        return
    _write_node(work, record, node)
    if revoked and newer:
        change.execute("UPDATE node_key SET state = 'revoked' WHERE address = ?", (address,))
    _write_key(work, record, key, mark)
    work.summary.keys += 1
    _install(work, record)


def _has_place(work: Import, record: Record) -> bool:
    problem = places.adopt(work.change, record, work.choices.create, work.choices.keep)
    if problem:
        work.refuse(record, problem)
    return not problem


def _write_node(work: Import, record: Record, node: sqlite3.Row | None) -> None:
    """Add a node, or renew it where the record's epoch is the newest."""
    change = work.change
    values = (record.board, record.radio, record.lab, json.dumps(record.extra))
    if node is None:
        state = "retired" if record.retired else "in_service"
        change.execute(
            "INSERT INTO node (address, hardware, board, radio, lab, extra, state, epoch, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(change), 0) + 1 FROM node))",
            (record.address, record.hardware, *values, state, record.epoch),
        )
        work.summary.nodes += 1
    elif record.epoch > node["epoch"] or (record.retired and record.epoch == node["epoch"]):
        state = "retired" if record.retired else "in_service"
        if record.retired and node["state"] == "revoked":
            state = "revoked"
        change.execute(
            "UPDATE node SET board = ?, radio = ?, lab = ?, extra = ?, state = ?, epoch = ?"
            " WHERE address = ?",
            (*values, state, record.epoch, record.address),
        )
    what = "node retired" if record.retired else "key added"
    change.event(what, f"node {record.address}", epoch=record.epoch, source=record.source)
    work.touched[record.address] = record


def _write_key(work: Import, record: Record, key: bytes, mark: bytes) -> None:
    """Store a key; one that comes before a revoked one is as old, and revoked as well."""
    newer = work.change.row(
        "SELECT 1 FROM node_key WHERE address = ? AND epoch > ? AND state = 'revoked'",
        record.address, record.epoch,
    )  # fmt: skip
    state = "revoked" if newer else "good"
    wrapped = work.key.wrap(record.address, record.epoch, key)
    work.change.execute(
        "INSERT INTO node_key VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.address,
            record.epoch,
            wrapped,
            mark,
            state,
            record.text(),
            record.source,
            work.change.now_s,
        ),
    )


def _compare(work: Import, record: Record, known: sqlite3.Row, key: bytes, mark: bytes) -> None:
    """Refuse another version of a record that is there; repair a key that was damaged."""
    address, epoch = record.address, record.epoch
    problem = conflicts.of_versions(record, known, mark)
    if problem:
        work.refuse(record, problem)
        return
    work.summary.known += 1
    if work.key.unwrap(address, epoch, known["wrapped"]) is None:
        work.change.execute(
            "UPDATE node_key SET wrapped = ? WHERE address = ? AND epoch = ?",
            (work.key.wrap(address, epoch, key), address, epoch),
        )
        work.change.event("key repaired", f"node {address}", epoch=epoch, source=record.source)
        work.summary.repaired += 1
        work.touched[address] = record


def _retire(work: Import, record: Record, node: sqlite3.Row | None) -> None:
    there = work.change.row(
        "SELECT point FROM installation WHERE address = ? AND since_s = ? AND epoch = ?",
        record.address, record.made_s, record.epoch,
    )  # fmt: skip
    if there is not None and there["point"] is None:
        work.summary.known += 1
        return
    if not _has_place(work, record):
        return
    _write_node(work, record, node)
    work.summary.retired += 1
    _install(work, record)


def _install(work: Import, record: Record) -> None:
    if record.point is not None:
        work.points[record.point] = record
    elif not record.retired:
        return
    statement = Statement(
        address=record.address,
        since_s=record.made_s,
        epoch=record.epoch,
        point=None if record.retired else record.point,
        replaces=None if record.retired else record.replaces,
        by_record=True,
        who=record.by,
        why=f"record {record.source}",
    )
    problem = installations.put(work.change, statement)
    if problem:
        work.refuse(record, problem)


def _check_places(work: Import) -> None:
    """Check all that is said of the points and nodes that were touched, once they are all in."""
    for address, record in work.touched.items():
        problem = installations.wrong_of(work.change, address)
        if problem:
            work.refuse(record, problem)
    for point, record in work.points.items():
        problem = installations.wrong_at(work.change, point)
        if problem:
            work.refuse(
                record,
                f"{problem}; give the newer record `replaces`, or retire the node that is gone",
            )
        _touch_others(work, point)


def _touch_others(work: Import, point: str) -> None:
    """Let the gateway read again who hung there before."""
    for row in work.change.execute(
        "SELECT DISTINCT address FROM installation WHERE point = ?", (point,)
    ).fetchall():
        if row["address"] not in work.touched:
            work.change.touch(row["address"])
