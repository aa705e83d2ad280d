"""What is counted for others is what others read: packets are decoded by somebody else's code."""

import json
import struct
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import cbor2
import pytest

from protocol import quantities
from protocol.batch import Batch
from protocol.quality import FAULT
from protocol.quantities import Quantity
from protocol.sampletime import UNIX
from tools.benchmark import datasets
from tools.benchmark.encodings import FORMS
from tools.benchmark.encodings.packets import Form, Window, window_of

NEWEST_S = 1_800_000_000
FORM = {form.name: form for form in FORMS}
# Everything but the histogram, at values that strain somebody: below zero, whole, beyond 16 bits.
STRANGE = (-7, 0, 105, 200, 32768, 65536, 470000)

# (second or None where the format has none, quantity, values)
Told = set[tuple[int | None, str, tuple[int, ...]]]


def batch(names: tuple[str, ...], columns: list[list[int | None]], interval_s: int = 900) -> Batch:
    ids = tuple(quantities.by_name(name).qid for name in names)
    quality = [[FAULT if value is None else 0 for value in column] for column in columns]
    return Batch(0, ids, columns, interval_s, UNIX, NEWEST_S, quality)


def windows() -> Iterator[Window]:
    """Yield windows of all sets, of holes, and of strange values."""
    for dataset in datasets.generated():
        for size in (1, 4, 32):
            made = next(dataset.windows(size))
            yield window_of(made, dataset.newest_s(made))
    holes: list[list[int | None]] = [[213, None, None, -5], [None, None, 61, 62]]
    yield window_of(batch(("temperature", "humidity"), holes, 77), NEWEST_S)
    names = tuple(name for name in quantities.names() if quantities.by_name(name).width == 1)
    yield window_of(batch(names, [list(STRANGE) for _ in names]), NEWEST_S)


WINDOWS = list(windows())


def told(window: Window, timed: bool = True) -> Told:
    return {
        (sample.time_s if timed else None, reading.quantity.name, reading.values)
        for sample in window.samples
        for reading in sample.readings
    }


def scaled(quantity: Quantity, value: float | Decimal) -> int:
    return round(value * quantity.scale)


def read_tasmota(packet: bytes, _: Window) -> Told:
    names = {
        ("BME280", "Temperature"): "temperature",
        ("BME280", "Humidity"): "humidity",
        ("BME280", "Pressure"): "pressure",
        ("PMS5003", "PM1"): "pm1",
        ("PMS5003", "PM2.5"): "pm25",
        ("PMS5003", "PM10"): "pm10",
        ("SCD40", "CarbonDioxide"): "co2",
        ("BH1750", "Illuminance"): "illuminance",
        ("ANALOG", "Battery"): "battery_pct",
    }
    found = set()
    messages = json.loads(packet)
    for message in messages if isinstance(messages, list) else [messages]:
        time_s = int(datetime.fromisoformat(message.pop("Time") + "Z").timestamp())
        units = message.pop("TempUnit", "C"), message.pop("PressureUnit", "hPa")
        assert units == ("C", "hPa")
        for sensor, values in message.items():
            for name, value in values.items():
                quantity = quantities.by_name(names.get((sensor, name), name))
                each = value if isinstance(value, list) else [value]
                read = tuple(scaled(quantity, one) for one in each)
                found.add((time_s, quantity.name, read))
    return found


def read_senml(records: list[dict[str, Any]]) -> Told:
    """Resolve a pack as section 4.6 of RFC 8428 says."""
    assert records[0]["bn"].startswith("urn:dev:mac:")
    assert not any("bn" in record for record in records[1:])
    found = set()
    for record in records:
        quantity = quantities.by_id(int(record["n"]))
        assert record["u"] == quantity.unit
        if "vs" in record:
            values = tuple(int(value) for value in record["vs"].split())
        else:
            values = (scaled(quantity, record["v"]),)
        found.add((records[0]["bt"] + record.get("t", 0), quantity.name, values))
    return found


def read_senml_json(packet: bytes, _: Window) -> Told:
    return read_senml(json.loads(packet))


def read_senml_cbor(packet: bytes, _: Window) -> Told:
    labels = {-2: "bn", -3: "bt", 0: "n", 1: "u", 2: "v", 3: "vs", 6: "t"}  # RFC 8428, table 4
    records = cbor2.loads(packet)
    return read_senml([{labels[k]: v for k, v in record.items()} for record in records])


def read_maps(item: Any, window: Window) -> Told:
    if isinstance(item, dict):
        spacing, age, samples = 1, 0, [item]
    else:
        spacing, age, *samples = item
    interval_s = spacing * 60 if spacing > 0 else -spacing
    found = set()
    for i, sample in enumerate(reversed(samples)):
        for qid, value in sample.items():
            values = tuple(value) if isinstance(value, list) else (value,)
            time_s = window.sent_s - (age + i) * interval_s
            found.add((time_s, quantities.by_id(qid).name, values))
    return found


def read_cbor(packet: bytes, window: Window) -> Told:
    return read_maps(cbor2.loads(packet), window)


def read_messagepack(packet: bytes, window: Window) -> Told:
    msgpack = pytest.importorskip("msgpack")
    return read_maps(msgpack.unpackb(packet, strict_map_key=False), window)


def columns_of(window: Window) -> dict[int, Quantity]:
    return {
        reading.column + i: reading.quantity
        for sample in window.samples
        for reading in sample.readings
        for i in range(reading.quantity.width)
    }


def grouped(values: list[tuple[Quantity, int]], time_s: int | None) -> Told:
    """Put the columns of a histogram together again, which follow each other."""
    found = set()
    while values:
        quantity = values[0][0]
        own = [value for _, value in values[: quantity.width]]
        found.add((time_s, quantity.name, tuple(own)))
        del values[: quantity.width]
    return found


def read_cayenne(packet: bytes, window: Window) -> Told:
    cayennelpp = pytest.importorskip("cayennelpp")
    columns = columns_of(window)
    values = []
    for item in cayennelpp.LppFrame.from_bytes(bytearray(packet)).data:
        quantity = columns[item.channel]
        (value,) = item.value
        if int(item.type) == 100:  # ours is signed
            values.append((quantity, int(value) - (1 << 32 if value >= 1 << 31 else 0)))
        else:
            values.append((quantity, scaled(quantity, value)))
    return grouped(values, None)


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Take a protobuf message apart: number of each field, and integer, bytes or float."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            value |= (message[at] & 0x7F) << shift
            shift += 7
            at += 1
            if message[at - 1] < 0x80:
                return value

    while at < len(message):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        elif tag & 7 == 2:
            length = varint()
            yield tag >> 3, message[at : at + length]
            at += length
        else:
            assert tag & 7 == 5
            yield tag >> 3, message[at : at + 4]
            at += 4


def read_meshtastic(packet: bytes, window: Window) -> Told:
    data = dict(fields(packet))
    assert data.keys() == {1, 2}
    assert data[1] == 67
    telemetry = dict(fields(data[2]))
    assert telemetry.keys() == {1, 3}
    (time_s,) = struct.unpack("<I", telemetry[1])
    metrics = [(number, struct.unpack("<f", value)[0]) for number, value in fields(telemetry[3])]
    own = {"temperature": 1, "humidity": 2, "pressure": 3, "water_level": 8, "battery": 5}
    own |= {"illuminance": 9, "wind_speed": 14, "precipitation": 19}
    (sample,) = (sample for sample in window.samples if sample.time_s == time_s)
    values = []
    for reading in sample.readings:
        for _ in reading.values:
            number, value = metrics.pop(0)
            assert number == own.get(reading.quantity.name, number)
            in_ours = value / 1000 if number == 8 else value
            values.append((reading.quantity, scaled(reading.quantity, in_ours)))
    assert not metrics
    return grouped(values, time_s)


READERS: dict[str, Callable[[bytes, Window], Told]] = {
    "tasmota-json": read_tasmota,
    "senml-json": read_senml_json,
    "senml-cbor": read_senml_cbor,
    "cayenne-lpp": read_cayenne,
    "messagepack": read_messagepack,
    "cbor": read_cbor,
    "meshtastic": read_meshtastic,
}


@pytest.mark.parametrize("window", WINDOWS, ids=range(len(WINDOWS)))
@pytest.mark.parametrize("form", FORMS, ids=FORM)
def test_a_stranger_reads_what_is_counted(form: Form, window: Window):
    found = [READERS[form.name](packet, window) for packet in form.packets(window)]
    assert set().union(*found) == told(window, timed=form.name != "cayenne-lpp")


@pytest.mark.parametrize("window", WINDOWS, ids=range(len(WINDOWS)))
@pytest.mark.parametrize("form", FORMS, ids=FORM)
def test_a_packet_keeps_the_limit_of_its_link_and_pays_its_overhead(form: Form, window: Window):
    packets = form.packets(window)
    assert all(0 < len(packet) <= form.limit for packet in packets)
    assert form.size(window) == sum(len(packet) + form.overhead for packet in packets)
    assert form.overhead == (16 if form.name == "meshtastic" else 13)
    assert form.limit == (239 if form.name == "meshtastic" else 242)


CLIMATE = ("temperature", "humidity", "pressure", "battery_pct")


@pytest.mark.parametrize(
    ("name", "one", "sixteen"),
    [
        ("cayenne-lpp", 13 + 15, 13 + 16 * 15),
        ("messagepack", 13 + 12, 13 + 5 + 16 * 12),
        ("cbor", 13 + 14, 13 + 3 + 16 * 14),
        ("meshtastic", 16 + 31, 16 * (16 + 31)),
    ],
)
def test_sizes_are_those_that_were_counted_by_hand(name: str, one: int, sixteen: int):
    row: list[int | None] = [213, 61, 10132, 90]
    single = window_of(batch(CLIMATE, [[value] for value in row]), NEWEST_S)
    window = window_of(batch(CLIMATE, [[value] * 16 for value in row]), NEWEST_S)
    assert (FORM[name].size(single), FORM[name].size(window)) == (one, sixteen)


def test_no_packet_could_have_taken_one_more_sample():
    form = FORM["senml-cbor"]
    (window,) = (w for w in WINDOWS if len(w.samples) == 32 and len(w.samples[0].readings) == 5)
    taken = 0
    for packet in form.packets(window)[:-1]:
        count = len({time_s for time_s, _, _ in read_senml_cbor(packet, window)})
        longer = window._replace(samples=window.samples[taken : taken + count + 1])
        assert len(form.encode(longer)) > form.limit
        taken += count
