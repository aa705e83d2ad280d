"""CSV files of measurements -> what each node measured when, in our quantities and units.

Place: `timestamp,node,quantity,value,unit` rows -> here -> datasets.
Guarantee: the order of rows does not matter; of two for the same second the later row counts. A
quantity that no node can measure is passed over, an empty value is none. A unit that is neither
ours nor in the table is taken as ours: what differs is the size of a number, which the range check
catches. Whatever cannot be read is one BenchError that names the file and the row.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from protocol import quantities
from protocol.quantities import Quantity
from tools.benchmark.errors import BenchError
from tools.demonstration.replay import ALIASES, UNIT_FACTORS

_WANTED = ("timestamp", "node", "quantity", "value", "unit")
_END_S = 1 << 32  # a frame tells 32 bits of seconds

# node: quantity: unix second: value in our unit
Measured = dict[str, dict[str, dict[int, float]]]

# (quantity, unit): factor and what is added then
_CONVERSIONS = {
    ("temperature", "K"): (1.0, -273.15),
    ("temperature", "degF"): (5 / 9, -160 / 9),
    ("temperature", "F"): (5 / 9, -160 / 9),
    ("temperature", "°F"): (5 / 9, -160 / 9),
    ("humidity", "/"): (100.0, 0.0),
    ("battery_pct", "/"): (100.0, 0.0),
    ("pressure", "Pa"): (0.01, 0.0),
    ("pressure", "kPa"): (10.0, 0.0),
    ("pressure", "bar"): (1000.0, 0.0),
    ("speed", "m/s"): (3.6, 0.0),
    ("wind_speed", "km/h"): (1 / 3.6, 0.0),
    ("wind_speed", "mph"): (0.44704, 0.0),
    ("water_level", "cm"): (0.01, 0.0),
    ("water_level", "mm"): (0.001, 0.0),
    ("battery", "mV"): (0.001, 0.0),
    ("solar", "mV"): (0.001, 0.0),
    ("precipitation", "cm"): (10.0, 0.0),
} | {key: (factor, 0.0) for key, factor in UNIT_FACTORS.items()}


def read(folder: Path, only: tuple[str, ...]) -> Measured:
    """Return everything that the CSV files of a folder hold, or only some quantities of it."""
    wanted = {name: quantities.by_name(name) for name in only or quantities.names()}
    # One column has no place for the several integers of a histogram.
    wanted = {name: quantity for name, quantity in wanted.items() if quantity.width == 1}
    found: Measured = defaultdict(lambda: defaultdict(dict))
    for path in sorted(folder.glob("*.csv")):
        for row in _rows(path):
            _take(found, path, row, wanted)
    return found


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as f:
            yield from csv.DictReader(f)
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        raise BenchError(f"{path} cannot be read: {e}") from e


def _take(found: Measured, path: Path, row: dict[str, str], wanted: dict[str, Quantity]) -> None:
    try:
        stamp, node, quantity, text, unit = (row[column] for column in _WANTED)
        if unit is None:
            raise ValueError("a row is too short")
        name, factor = ALIASES.get(quantity, (quantity, 1.0))
        if name not in wanted or not text:
            return
        own_factor, offset = _CONVERSIONS.get((name, unit), (1.0, 0.0))
        value = float(text) * factor * own_factor + offset
        time = datetime.fromisoformat(stamp)
    except (KeyError, TypeError, ValueError) as e:
        raise BenchError(f"{path}: a row is {row!r}, should have {','.join(_WANTED)}") from e
    # A time without a zone would else mean another second on every machine.
    time_s = int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
    if not math.isfinite(value) or abs(value) * wanted[name].scale > quantities.LIMIT:
        raise BenchError(f"{path}: a row is {row!r}, should have a value that a sensor gives")
    if not 0 <= time_s < _END_S:
        raise BenchError(f"{path}: a row is {row!r}, should have a time from 1970 to 2106")
    found[node][name][time_s] = value
