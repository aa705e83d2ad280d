"""The entries of the batches that come all day, written in a quarter of the time.

Place: under `outputs/json`, which writes all others.
Guarantee: the text is what `json` writes of the same samples. A batch is usual when all its values
are valid and all its samples are there and new.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gateway.outputs.samples import QUANTITIES
from protocol.batch import Batch
from protocol.quantities import INTERVAL

_TEXTS = 1 << 14


class _Texts(dict[int, str]):
    """The texts of scaled integers, of those that occur: a sensor's values lie close together."""

    def __init__(self, scale: int):
        super().__init__()
        self._scale = scale

    def __missing__(self, value: int) -> str:
        if len(self) >= _TEXTS:
            self.clear()
        text = self[value] = repr(value / self._scale if self._scale > 1 else value)
        return text


_texts: dict[int, _Texts] = {}


class Group:
    """One group of the quantities of a batch: its units, and the text around its values."""

    def __init__(self, name: str, members: list[tuple[int, int]]):
        quantities = [QUANTITIES[qid] for _, qid in members]
        self.name = name
        self.units = {quantity.name: quantity.unit for quantity in quantities}
        self.is_interval = any(quantity.kind == INTERVAL for quantity in quantities)
        values = ",".join(f'"{quantity.name}":%s' for quantity in quantities)
        self.template = ',"values":{' + values + "}}"
        self.columns = [
            (column, _texts.setdefault(quantity.scale, _Texts(quantity.scale)))
            for (column, _), quantity in zip(members, quantities, strict=True)
        ]

    def template_of(self, batch: Batch) -> str:
        """Return what an entry of such a batch says behind its head, with %s for the values."""
        interval = f',"interval_s":{batch.interval_s}' if self.is_interval else ""
        return interval + self.template


@lru_cache(256)
def groups(ids: tuple[int, ...]) -> list[Group] | None:
    """Return the groups of quantities, or None where one has several columns."""
    members: dict[str, list[tuple[int, int]]] = {}
    for column, qid in enumerate(ids):
        if QUANTITIES[qid].width > 1:
            return None
        members.setdefault(QUANTITIES[qid].group, []).append((column, qid))
    return [Group(name, pairs) for name, pairs in members.items()]


def is_usual(message: Any, fresh: int) -> bool:
    """Say whether a message of which the samples in `fresh` are new is a usual batch."""
    return (
        type(message) is Batch
        and message.quality is None
        and message.places is None
        and fresh == (1 << message.count) - 1
        and groups(message.ids) is not None
    )


def prefix(node: int, epoch: int) -> str:
    """Return what an entry says before the number of its sample."""
    return f'{{"id":"{node}/{epoch}/'


class Page:
    """The entries of one topic that wait to become messages."""

    __slots__ = ("done", "entries", "group", "head", "nodes", "topic", "units")

    def __init__(self, topic: str, head: str):
        self.topic = topic
        self.head = head
        self.units: dict[str, str] = {}
        self.entries: list[str] = []
        self.nodes: set[int] = set()  # that have ever written here
        self.group: Group | None = None  # whose units are known to be there
        self.done: list[tuple[dict[str, str], list[str]]] = []  # units and entries cut off before

    def add_units(self, group: Group) -> None:
        """Name the units of a group."""
        self.group = group
        self.units.update(group.units)

    def cut(self) -> None:
        """End a message here: what comes has so many other units that they would not fit."""
        if self.entries:
            self.done.append((self.units, self.entries))
        self.units, self.entries, self.group = {}, [], None

    def clear(self) -> None:
        """The entries have become messages."""
        self.done = []
        self.entries = []
        self.units = {}
        self.group = None


class Line:
    """Where the usual batches of a node go, as long as they have the same form and place."""

    __slots__ = ("_ids", "_interval_s", "_pages", "_place", "_prefix")

    def __init__(
        self, prefix: str, place: tuple[str, str], batch: Batch, pages: list[tuple[Page, Group]]
    ):
        self._prefix = prefix
        self._place = place
        self._ids = batch.ids
        self._interval_s = batch.interval_s
        self._pages = [(page, group, group.template_of(batch)) for page, group in pages]

    def fits(self, batch: Batch, place: tuple[str, str]) -> bool:
        """Say whether this line is that of a batch from a place."""
        return (
            batch.ids == self._ids and batch.interval_s == self._interval_s and place == self._place
        )

    def write_one(
        self, batch: Batch, first: int, time: str, uncertainty_s: int | None, late: int
    ) -> None:
        """Write the entries of a batch of one sample."""
        known = "null" if uncertainty_s is None else uncertainty_s
        is_late = "true" if late else "false"
        head = f'{self._prefix}{first}","time":"{time}","uncertainty_s":{known},"late":{is_late}'
        columns = batch.columns
        for page, group, template in self._pages:
            if page.group is not group:
                page.add_units(group)
            texts = tuple([texts[columns[i][0]] for i, texts in group.columns])
            page.entries.append(head + template % texts)

    def write(
        self,
        batch: Batch,
        first: int,
        newest_s: int,
        uncertainty_s: int | None,
        late_before_s: int,
        times: Mapping[int, str],
    ) -> int:
        """Write the entries of a batch; return how many of its samples are late."""
        known = "null" if uncertainty_s is None else uncertainty_s
        prefix = self._prefix
        interval_s = self._interval_s
        time_s = newest_s - (batch.count - 1) * interval_s
        heads = []
        late = 0
        for number in range(first, first + batch.count):
            is_late = "false"
            if time_s < late_before_s:
                is_late = "true"
                late += 1
            heads.append(
                f'{prefix}{number}","time":"{times[time_s]}",'
                f'"uncertainty_s":{known},"late":{is_late}'
            )
            time_s += interval_s
        columns = batch.columns
        for page, group, template in self._pages:
            if page.group is not group:
                page.add_units(group)
            parts = [[texts[value] for value in columns[i]] for i, texts in group.columns]
            bodies = [template % values for values in zip(*parts, strict=True)]
            page.entries += map(str.__add__, heads, bodies)
        return late
