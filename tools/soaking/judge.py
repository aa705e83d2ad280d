"""What arrived against what was promised: lost, changed, out of order.

Place: broker -> `Judge.take` -> `verdict`, with the nodes' records beside it.
Guarantee: a sample counts as delivered only when all its quantities came with the values that were
measured. The judge forgives a repetition, and a new beginning after a connection ended, which the
gateway's status topic marks in the same stream: its last will at the end, its status at the start.

Order: samples of a node come, in each lane, as its frames came. That is by number, unless a frame
was lost on the way and sent again behind newer ones; so a message may hold any order in which the
node sent these samples, and no other.
"""

import json
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from protocol import quantities
from tools.benchmark.load import QUANTITIES
from tools.soaking.nodes import time_of, values_of
from tools.soaking.record import Record

_GATEWAYS = "gateways"
_STATUS = "status"
_ROWS = tuple(quantities.by_name(name) for name in QUANTITIES)
_WHOLE = (1 << len(_ROWS)) - 1
_EXAMPLES = 20


@dataclass
class Verdict:
    """Samples by what became of them; `examples` are words about what is wrong."""

    acknowledged: int
    delivered: int
    lost: int
    id_changes: int
    order_violations: int
    examples: list[str]

    @property
    def is_bad(self) -> bool:
        """Say whether a promise was broken."""
        return bool(self.lost or self.id_changes or self.order_violations)


class _Seen:
    """What arrived of one node, by number."""

    def __init__(self) -> None:
        self.came = bytearray()  # a bit for each quantity
        self.times = array("q")  # unix seconds; 0: not yet

    def grow_to(self, number: int) -> None:
        while len(self.came) <= number:
            self.came.append(0)
            self.times.append(0)


class Judge:
    """Give it every message of the city in the order of the subscription."""

    def __init__(self, records: list[Record]):
        self._records = {record.node: record for record in records}
        self._seen = {record.node: _Seen() for record in records}
        self._places: dict[tuple[int, str, bool], int] = {}
        self.messages = 0
        self.repeated = 0
        self._delivered = 0
        self._id_changes = 0
        self._disorder = 0
        self._examples: list[str] = []

    @property
    def delivered(self) -> int:
        """Return how many samples are here, whole."""
        return self._delivered

    def take(self, topic: str, payload: bytes) -> None:
        """Take one message; those that hold no samples are passed over."""
        parts = topic.split("/")
        if len(parts) != 5 or not payload:
            return
        lab, group = parts[2], parts[4]
        if lab == _GATEWAYS:
            self.begin_again()
        elif group != _STATUS:
            document = json.loads(payload)
            if "samples" in document:
                self.messages += 1
                lane = bool(document.get("backlog", False))
                for sample in document["samples"]:
                    self._take_sample(sample, group, lane)

    def begin_again(self) -> None:
        """A connection of the gateway began or ended: it may repeat itself."""
        self._places.clear()

    def _take_sample(self, sample: dict[str, Any], group: str, lane: bool) -> None:
        node, _, number = (int(part) for part in sample["id"].split("/"))
        record = self._records.get(node)
        if record is None or record.place_from(number, 0) is None:
            self._change(sample, "nobody sent it")
            return
        seen = self._seen[node]
        seen.grow_to(number)
        self._check_time(record, seen, number, sample)
        mask = self._check_values(node, number, sample)
        before = seen.came[number]
        seen.came[number] |= mask
        self.repeated += before & mask == mask
        self._delivered += before != _WHOLE and seen.came[number] == _WHOLE
        self._check_order(record, number, (node, group, lane))

    def _check_time(self, record: Record, seen: _Seen, number: int, sample: dict[str, Any]) -> None:
        told_s = int(datetime.fromisoformat(sample["time"]).replace(tzinfo=UTC).timestamp())
        before_s = seen.times[number]
        if not before_s:
            before_s = time_of(number) if record.knows_time else told_s
            seen.times[number] = before_s
        if told_s != before_s:
            self._change(sample, f"its time was {datetime.fromtimestamp(before_s, UTC)}")

    def _check_values(self, node: int, number: int, sample: dict[str, Any]) -> int:
        """Return a bit for each quantity that came as it was measured."""
        measured = values_of(node, number)
        mask = 0
        for i, row in enumerate(_ROWS):
            if row.name not in sample["values"]:
                continue
            value = sample["values"][row.name]
            if value is not None and abs(value * row.scale - measured[i]) < 1e-6:
                mask |= 1 << i
            else:
                self._change(sample, f"{row.name} is {measured[i] / row.scale}")
        return mask

    def _check_order(self, record: Record, number: int, lane: tuple[int, str, bool]) -> None:
        before = self._places.get(lane, 0)
        place = record.place_from(number, before)
        if place is None:
            self._disorder += 1
            self._tell(f"out of order: {record.node}/1/{number} in {lane[1:]} after {before}")
            place = record.place_from(number, 0) or 0
        self._places[lane] = place

    def _change(self, sample: dict[str, Any], text: str) -> None:
        self._id_changes += 1
        self._tell(f"changed: {json.dumps(sample)}: {text}")

    def _tell(self, text: str) -> None:
        if len(self._examples) < _EXAMPLES:
            self._examples.append(text)

    def missing(self) -> list[str]:
        """Return the ids that were promised and are not here, whole."""
        return [
            f"{record.node}/1/{number}"
            for record in self._records.values()
            for number in record.numbers()
            if record.is_promised(number) and not self._is_here(record.node, number)
        ]

    def _is_here(self, node: int, number: int) -> bool:
        came = self._seen[node].came
        return number < len(came) and came[number] == _WHOLE

    def verdict(self) -> Verdict:
        """Return what became of everything that was promised."""
        missing = self.missing()
        examples = [f"lost: {name}" for name in missing[:_EXAMPLES]]
        return Verdict(
            acknowledged=sum(record.acknowledged for record in self._records.values()),
            delivered=self._delivered,
            lost=len(missing),
            id_changes=self._id_changes,
            order_violations=self._disorder,
            examples=self._examples + examples,
        )
