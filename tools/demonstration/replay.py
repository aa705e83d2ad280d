"""CSV files of real measurements -> the small files that virtual nodes replay.

Place: `timestamp,node,quantity,value,unit` rows -> one `/replay.csv` per profile: a line of names,
then a line of scaled integers per sample.
Guarantee: reads what it is given, invents nothing: a quantity that no file has is left to the
simulated sensors.
"""

import csv
from collections import defaultdict
from pathlib import Path

from protocol import quantities
from tools.demonstration.errors import DemoError

# Names in the field that mean one of ours; converted to our unit by the factor.
ALIASES = {"noise": ("laeq", 1.0)}
UNIT_FACTORS = {("speed", "mph"): 1.609344}
_MAX_ROWS = 500


def load(folder: Path) -> dict[str, dict[str, list[float]]]:
    """Return {node: {quantity: values in the order of time}} of all CSV files in a folder."""
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise DemoError(f"--data is {str(folder)!r}, should be a folder with CSV files")
    nodes: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for path in files:
        with path.open(newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                _take(nodes, path, row)
    return nodes


def _take(nodes: dict, path: Path, row: dict[str, str]) -> None:
    try:
        name, factor = ALIASES.get(row["quantity"], (row["quantity"], 1.0))
        factor *= UNIT_FACTORS.get((name, row["unit"]), 1.0)
        value = float(row["value"]) * factor
    except (KeyError, TypeError, ValueError) as e:
        wanted = "timestamp,node,quantity,value,unit"
        raise DemoError(f"{path}: a row is {row!r}, should have {wanted}") from e
    if name in quantities.names() and len(nodes[row["node"]][name]) < _MAX_ROWS:
        nodes[row["node"]][name].append(value)


def for_quantities(data: dict[str, dict[str, list[float]]], wanted: set[str]) -> bytes | None:
    """Return the replay file of the node that has most of the `wanted` quantities, or None."""
    best = max(data.values(), key=lambda series: len(wanted & series.keys()), default={})
    names = [name for name in quantities.names() if name in wanted and name in best]
    if not names:
        return None
    scales = [quantities.by_name(name).scale for name in names]
    rows = zip(*(best[name] for name in names), strict=False)
    lines = [",".join(names)]
    lines += [",".join(str(round(v * k)) for v, k in zip(row, scales, strict=True)) for row in rows]
    return ("\n".join(lines) + "\n").encode()
