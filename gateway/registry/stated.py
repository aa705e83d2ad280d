"""What records have said of a measuring point, and when: which of two is the newer word.

Place: registry.db -> here -> places, mounting. Reads only.
Guarantee: the answer does not depend on the order in which the records came.
"""

import json
from typing import Any

from gateway.registry.database import Change


def later(change: Change, point: str, made_s: int) -> set[str]:
    """Return the fields of a point that somebody who stood there has told after `made_s`."""
    names: set[str] = set()
    for row in change.execute(
        "SELECT record FROM mount WHERE point = ? AND made_s > ?", (point, made_s)
    ):
        names |= told(json.loads(row["record"])).keys()
    return names


def earlier(change: Change, point: str, made_s: int) -> list[dict[str, Any]]:
    """Return the fields that records of both kinds have told of a point before `made_s`."""
    rows = change.execute(
        "SELECT record FROM mount WHERE point = ?1 AND made_s < ?2 UNION ALL"
        " SELECT k.record FROM installation i"
        " JOIN node_key k ON k.address = i.address AND k.epoch = i.epoch"
        " WHERE i.point = ?1 AND i.by_record = 1 AND i.since_s < ?2",
        (point, made_s),
    )
    return [told(json.loads(row["record"])) for row in rows]


def told(record: dict[str, Any]) -> dict[str, Any]:
    """Return what a record says of its point, by column of the registry."""
    fields = dict(record.get("place") or {})
    if record.get("remarks") is not None:
        fields["remarks"] = record["remarks"]
    return fields
