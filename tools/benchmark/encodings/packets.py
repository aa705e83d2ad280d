"""The readings of a batch one by one, and the packets that one format takes for them.

Place: Batch -> `window_of` -> Window -> `packets` -> sizes.
Guarantee: every packet is complete by itself and within the limit of its link; as many samples as
fit share one. A sample that is too long alone is cut between its readings. What a sensor did not
give is not sent.

LoRaWAN adds 13 bytes to each packet: MHDR 1, DevAddr 4, FCtrl 1, FCnt 2, FPort 1, MIC 4. The limit
is that of its fastest rates, the kindest to others (EU868, SF7 and SF8: 242 bytes); at SF12 it is
51, where the texts could not send a single reading.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from protocol import quantities
from protocol.batch import Batch
from protocol.quantities import Quantity
from tools.benchmark.errors import BenchError

LORAWAN_OVERHEAD = 13
LORAWAN_LIMIT = 242


class Reading(NamedTuple):
    """One quantity of one sample; `values` are scaled integers, several for a histogram.

    `column` is where the first of them stands among the columns of its set.
    """

    quantity: Quantity
    column: int
    values: tuple[int, ...]


class Sample(NamedTuple):
    """What was read at one time."""

    time_s: int
    readings: tuple[Reading, ...]


class Window(NamedTuple):
    """Samples to send at `sent_s`, the time of the newest that was measured."""

    samples: tuple[Sample, ...]
    interval_s: int
    sent_s: int


@dataclass(frozen=True)
class Form:
    """A format on its link: `encode` gives one packet's payload, nothing for a sample of nothing.

    `overhead` and `limit` are bytes of a packet, `most` is how many samples one may hold.
    """

    name: str
    encode: Callable[[Window], bytes]
    overhead: int
    limit: int
    most: int | None = None

    def size(self, window: Window) -> int:
        """Return the bytes of all packets of a window, overhead included."""
        return sum(self.overhead + len(packet) for packet in self.packets(window))

    def packets(self, window: Window) -> list[bytes]:
        """Return the payloads of all packets of a window."""
        found = []
        count = len(window.samples)
        while window.samples:
            packet, count, window = self._longest(window, count)
            if packet:
                found.append(packet)
        return found

    def _longest(self, window: Window, guess: int) -> tuple[bytes, int, Window]:
        """Return a packet of as many samples as fit, their number, and what is left."""
        samples = window.samples
        most = min(self.most or len(samples), len(samples))
        count = min(guess, most)
        packet = self._encoded(window, count)
        while len(packet) > self.limit and count > 1:
            # Packets grow evenly, so no more than one above their share can fit.
            most = count - 1
            count = min(most, count * self.limit // len(packet) + 1)
            packet = self._encoded(window, count)
        if len(packet) > self.limit:
            return self._part_of_first(window)
        while count < most and len(longer := self._encoded(window, count + 1)) <= self.limit:
            packet, count = longer, count + 1
        return packet, count, window._replace(samples=samples[count:])

    def _encoded(self, window: Window, count: int) -> bytes:
        return self.encode(window._replace(samples=window.samples[:count]))

    def _part_of_first(self, window: Window) -> tuple[bytes, int, Window]:
        sample, *others = window.samples
        for count in range(len(sample.readings) - 1, 0, -1):
            part = sample._replace(readings=sample.readings[:count])
            packet = self.encode(window._replace(samples=(part,)))
            if len(packet) <= self.limit:
                rest = sample._replace(readings=sample.readings[count:])
                return packet, 1, window._replace(samples=(rest, *others))
        raise BenchError(f"a reading in {self.name} is longer than {self.limit} bytes")


def window_of(batch: Batch, newest_s: int) -> Window:
    """Return the readings of a batch whose newest sample was taken at `newest_s`."""
    places = []
    column = 0
    for qid in batch.ids:
        places.append((quantities.by_id(qid), column))
        column += places[-1][0].width
    oldest_s = newest_s - (batch.count - 1) * batch.interval_s
    samples = []
    for i, values in enumerate(zip(*batch.columns, strict=True)):
        of_each = ((q, at, values[at : at + q.width]) for q, at in places)
        readings = (Reading(q, at, own) for q, at, own in of_each if None not in own)
        samples.append(Sample(oldest_s + i * batch.interval_s, tuple(readings)))
    return Window(tuple(samples), batch.interval_s, newest_s)


def number(value: int, decimals: int) -> int | float:
    """Return a scaled integer as it is written in text: without a point where it is whole."""
    scale = 10**decimals
    return value / scale if value % scale else value // scale
