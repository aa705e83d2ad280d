"""What is durable about each node: its windows in the table `node`, its days in the table `day`.

Place: under `spool`.
Guarantee: a state comes back as it was put, with all its bits. However many rows there are, they
are one statement: between two a thread may have to wait for the interpreter's lock.
"""

import json
import sqlite3
from collections.abc import Iterable

from gateway.records import Day, NodeState

_COLUMNS = (
    "node, epoch, replay_top, replay_mask, expected, runs, top, received, duplicates, hello, adrift"
)
_GET_STATE = f"SELECT {_COLUMNS} FROM node WHERE node = ? AND epoch = ?"  # noqa: S608 - a constant


def _from_json(width: int) -> str:
    """Return the SELECT that takes rows of so many columns out of a JSON array of arrays."""
    columns = ", ".join(f"json_extract(value, '$[{i}]')" for i in range(width))
    return f"SELECT {columns} FROM json_each(?) WHERE true"  # noqa: S608 - numbers only


_PUT_STATES = f"INSERT OR REPLACE INTO node {_from_json(11)}"
_PUT_DAYS = f"""INSERT INTO day {_from_json(8)} ON CONFLICT DO UPDATE SET
 low = min(low, excluded.low), above = max(above, excluded.above),
 received = received + excluded.received, recovered = recovered + excluded.recovered,
 late = late + excluded.late"""


def put_states(db: sqlite3.Connection, states: Iterable[NodeState]) -> None:
    """Put the newest states of nodes in the place of those before."""
    db.execute(_PUT_STATES, (json.dumps([_row(state) for state in states]),))


def put_days(db: sqlite3.Connection, days: Iterable[Day]) -> None:
    """Add to the ledgers of days."""
    rows = [(d.node, d.epoch, d.day, d.low, d.end, d.received, d.recovered, d.late) for d in days]
    db.execute(_PUT_DAYS, (json.dumps(rows),))


def state(db: sqlite3.Connection, node: int, epoch: int) -> NodeState | None:
    """Return what is known of a node in one epoch."""
    r = db.execute(_GET_STATE, (node, epoch)).fetchone()
    if r is None:
        return None
    runs = tuple((first, end) for first, end in json.loads(r[5]))
    mask, adrift = int(r[3], 16), bool(r[10])
    return NodeState(r[0], r[1], r[2], mask, r[4], runs, r[6], r[7], r[8], r[9], adrift)


def _row(state: NodeState) -> tuple:
    return (*state[:3], f"{state.replay_mask:x}", *state[4:])
