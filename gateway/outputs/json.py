"""Samples of many nodes -> Neckar's own topics and JSON payloads; docs/mqtt.md describes them.

Place: rows of the spool, or frames that were just stored -> Composer -> publisher.
Guarantee: ids are stable, `<node>/<epoch>/<sample>`; one message holds samples of one node and one
quantity group, oldest first; a quality is named only where it is not "valid".
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from gateway.outputs import quick
from gateway.outputs.samples import Sample, dated, decode, to_samples
from gateway.records import Frame
from protocol.batch import Batch
from protocol.quality import QUALITY_NAMES
from protocol.quantities import INTERVAL

SCHEMA = "neckar/1"
_TIMES = 4096
_LINES = 4096
_UNITS = 64  # names of quantities in one message, and the few of one sample more

# The point and the lab of samples of (address, epoch) that were taken at a unix time.
Where = Callable[[int, int, int], tuple[str, str]]


def topic(city: str, lab: str, node: str, what: str) -> str:
    """Return the topic of one group (or `status`) of one node."""
    return f"neckar/{city}/{lab}/{node}/{what}"


def gateway_topic(city: str, gateway: str) -> str:
    """Return the topic of a gateway's status; no lab may be called `gateways`."""
    return topic(city, "gateways", gateway, "status")


def iso(time_s: float) -> str:
    """Return unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(int(time_s), UTC).isoformat()[:19] + "Z"


class _Times(dict[int, str]):
    """ISO texts by unix second: many nodes sample at the same moment."""

    def __missing__(self, time_s: int) -> str:
        if len(self) >= _TIMES:
            self.clear()
        text = self[time_s] = iso(time_s)
        return text


class Composer:
    """`add` frames, then `take` the messages of at most `limit` samples.

    None has more than `max_bytes(topic)` but for one sample that is larger alone.
    """

    def __init__(
        self,
        city: str,
        where: Where,
        late_after_s: int,
        limit: int,
        max_bytes: Callable[[str], int],
    ):
        self._city = city
        self._where = where
        self._late_after_s = late_after_s
        self._limit = limit
        self._max_bytes = max_bytes
        # Both are kept from message to message, up to a bound: they are nearly always the same.
        self._pages: dict[tuple[tuple[str, str], str], quick.Page] = {}
        self._lines: dict[tuple[int, int], quick.Line] = {}
        self._times = _Times()
        self.samples = 0
        self.late: dict[int, int] = {}
        self.nodes: dict[str, set[int]] = {}

    def add(self, frame: Frame, message: Any, now_s: float) -> None:
        """Add the new samples of a frame; `message` is what it says, or None to decode it.

        ProtocolError where the plaintext is not what was stored.
        """
        node, epoch, first, fresh, received_ms, plain = frame
        if message is None:
            message = decode(plain)
        late_before_s = int(now_s) - self._late_after_s
        newest_s, uncertainty_s = dated(message, received_ms)
        place = self._where(node, epoch, newest_s)
        oldest_s = newest_s - (message.span - 1) * message.interval_s
        is_one_place = oldest_s == newest_s or self._where(node, epoch, oldest_s) == place
        if is_one_place and quick.is_usual(message, fresh):
            line = self._lines.get((node, epoch))
            if line is None or not line.fits(message, place):
                line = self._line(node, epoch, place, message)
            count = message.count
            if count == 1:
                late = int(newest_s < late_before_s)
                line.write_one(message, first, self._times[newest_s], uncertainty_s, late)
            else:
                late = line.write(
                    message, first, newest_s, uncertainty_s, late_before_s, self._times
                )
        else:
            samples = to_samples(frame, message)
            count = len(samples)
            late = sum(sample.time_s < late_before_s for sample in samples)
            for sample in samples:
                # The hardware may have been moved between two samples of a batch.
                place = place if is_one_place else self._where(node, epoch, sample.time_s)
                self._add_sample(place, node, epoch, sample, late_before_s)
        self.samples += count
        if late:
            self.late[node] = self.late.get(node, 0) + late

    def _line(self, node: int, epoch: int, place: tuple[str, str], message: Batch) -> quick.Line:
        """Return what usual batches of a node go through from now on."""
        if len(self._lines) >= _LINES:
            self._lines.clear()
        groups = quick.groups(message.ids) or ()
        pages = [(self._page(place, group.name), group) for group in groups]
        for page, _ in pages:
            page.nodes.add(node)
        line = quick.Line(quick.prefix(node, epoch), place, message, pages)
        self._lines[node, epoch] = line
        return line

    def _page(self, place: tuple[str, str], group: str) -> quick.Page:
        page = self._pages.get((place, group))
        if page is None:
            name, lab = place
            head = f'{{"schema":"{SCHEMA}","node":"{name}","lab":"{lab}"'
            page = self._pages[place, group] = quick.Page(topic(self._city, lab, name, group), head)
        return page

    def _add_sample(
        self, place: tuple[str, str], node: int, epoch: int, sample: Sample, late_before_s: int
    ) -> None:
        prefix = quick.prefix(node, epoch)
        late = sample.time_s < late_before_s
        for group, ids in _groups(sample).items():
            page = self._page(place, group)
            page.nodes.add(node)
            if len(page.units) >= _UNITS:
                page.cut()
            for quantity in map(sample.quantity, ids):
                page.units[quantity.name] = quantity.unit
            entry = _dumps(_entry(sample, ids, late, self._times[sample.time_s]))
            page.entries.append(f'{prefix}{sample.number}",{entry[1:]}')

    def take(self, backlog: bool = False) -> list[tuple[str, bytes]]:
        """Return (topic, payload) of everything added, and begin anew.

        `nodes` has for each topic the addresses whose samples may be in its messages.
        """
        mark = ',"backlog":true' if backlog else ""
        messages = []
        self.nodes = {}
        for page in self._pages.values():
            if not page.entries and not page.done:
                continue
            self.nodes[page.topic] = page.nodes
            for units, entries in (*page.done, (page.units, page.entries)):
                head = f'{page.head}{mark},"units":{_dumps(units)},"samples":['
                for part in self._parts(entries, self._max_bytes(page.topic) - len(head) - 2):
                    messages.append((page.topic, f"{head}{','.join(part)}]}}".encode()))
            page.clear()
        if len(self._pages) >= _LINES:
            self._lines.clear()
            self._pages.clear()
        return messages

    def _parts(self, entries: list[str], room: int) -> Iterable[list[str]]:
        """Cut the entries of a page into those of messages."""
        limit = self._limit
        if len(entries) <= limit and sum(map(len, entries)) + len(entries) <= room:
            yield entries
            return
        part: list[str] = []
        size = 0
        for entry in entries:
            length = len(entry) + 1  # all of it is ASCII
            if part and (len(part) >= limit or size + length > room):
                yield part
                part, size = [], 0
            part.append(entry)
            size += length
        yield part


def _groups(sample: Sample) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for qid in sample.values:
        groups.setdefault(sample.quantity(qid).group, []).append(qid)
    return groups


def _entry(sample: Sample, ids: list[int], late: bool, time: str) -> dict[str, Any]:
    """Return what an entry says behind its id."""
    entry: dict[str, Any] = {
        "time": time,
        "uncertainty_s": sample.uncertainty_s,
        "late": late,
    }
    if any(sample.quantity(qid).kind == INTERVAL for qid in ids):
        entry["interval_s"] = sample.interval_s
    entry["values"] = {sample.quantity(qid).name: sample.values[qid] for qid in ids}
    quality = {
        sample.quantity(qid).name: QUALITY_NAMES[sample.quality[qid]]
        for qid in ids
        if qid in sample.quality
    }
    if quality:
        entry["quality"] = quality
    return entry


def _dumps(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
