"""Maps of integers, as a careful programmer sends them: {id of a quantity: scaled integer}.

    one sample, just measured    {0: 213, 1: 61}
    more                         [spacing, age, {0: 213, 1: 61}, {0: 214, 1: 61}]

Place: Window -> here -> packet, in CBOR or in MessagePack.
Guarantee: `spacing` is whole minutes, or below zero seconds, `age` how many of them lie between the
newest sample here and the moment of sending; a histogram is a list. It is what Neckar would send
had it no columns: our registry, our scaling, nobody's standard.
"""

from typing import Any

from tools.benchmark.encodings.binary import cbor, messagepack
from tools.benchmark.encodings.packets import Sample, Window


def encode_cbor(window: Window) -> bytes:
    """Return a packet in CBOR."""
    return cbor(_item(window))


def encode_messagepack(window: Window) -> bytes:
    """Return a packet in MessagePack."""
    return messagepack(_item(window))


def _item(window: Window) -> Any:
    samples = [_values(sample) for sample in window.samples]
    age = (window.sent_s - window.samples[-1].time_s) // window.interval_s
    if len(samples) == 1 and not age:
        return samples[0]
    minutes, seconds = divmod(window.interval_s, 60)
    return [-window.interval_s if seconds else minutes, age, *samples]


def _values(sample: Sample) -> dict[int, int | list[int]]:
    return {
        reading.quantity.qid: reading.values[0]
        if reading.quantity.width == 1
        else list(reading.values)
        for reading in sample.readings
    }
