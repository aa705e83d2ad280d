"""`tools/bench all|gateway|bytes|node [--json]`: measure, check, and print.

0  measured, and nothing was lost     1  something was lost, or could not be measured
2  the command line is wrong: one line says what
"""

import argparse
import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from protocol import quantities
from tools.benchmark import bits, datasets, gateway, node, sizes, view
from tools.benchmark.errors import BenchError
from tools.benchmark.load import MOST_IN_FLIGHT
from tools.demonstration.errors import DemoError
from tools.rig.errors import RigError

_PARTS = ("gateway", "bytes", "node")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help tells more)\n")


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; return the exit code."""
    options = _options(arguments)
    parts = _PARTS if options.part == "all" else (options.part,)
    try:
        results = asyncio.run(_measure(parts, options))
    except (BenchError, DemoError, RigError) as e:
        print(f"tools/bench: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(results if options.part == "all" else results[options.part]))
    else:
        view.show(Console(), results)
    return 1 if any(run["lost"] for run in results.get("gateway", {}).values()) else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = _Parser("tools/bench", description="What Neckar costs, measured on this machine")
    parser.add_argument("part", choices=("all", *_PARTS))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--frames", type=_frames, help="gateway: how many frames to send")
    parser.add_argument(
        "--in-flight",
        type=int,
        choices=range(1, MOST_IN_FLIGHT + 1),
        metavar=f"1..{MOST_IN_FLIGHT}",
        help="gateway: frames of one node on their way at once (the firmware sends one)",
    )
    parser.add_argument(
        "--data", type=_folder, help="bytes: folder with CSV files to count instead"
    )
    parser.add_argument("--every", type=_interval, help="bytes: thin --data, as in 15m, 300s, 1h")
    parser.add_argument("--quantities", type=_names, help="bytes: only these of --data, as in a,b")
    options = parser.parse_args(arguments)
    given = {
        "--frames": (options.frames, "gateway"),
        "--in-flight": (options.in_flight, "gateway"),
        "--data": (options.data, "bytes"),
        "--every": (options.every, "bytes"),
        "--quantities": (options.quantities, "bytes"),
    }
    for name, (value, part) in given.items():
        if value is not None and options.part not in ("all", part):
            parser.error(f"{name} belongs to {part}, not to {options.part}")
    if options.data is None and (options.every or options.quantities):
        parser.error("--every and --quantities choose from --data, which is missing")
    return options


def _frames(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{value!r} should be 1 to 1000000")
    return int(value)


def _folder(value: str) -> Path:
    path = Path(value)
    if not any(path.glob("*.csv")):
        raise argparse.ArgumentTypeError(f"{value!r} should be a folder with CSV files")
    return path


def _interval(value: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,4})([smh])", value)
    if found is None:
        raise argparse.ArgumentTypeError(f"{value!r} should be like 15m, 300s or 1h")
    interval_s = int(found.group(1)) * _SECONDS[found.group(2)]
    if interval_s > datasets.MAX_INTERVAL_S:
        raise argparse.ArgumentTypeError(f"{value!r} should be 12 days at most, as a frame tells")
    return interval_s


def _names(value: str) -> tuple[str, ...]:
    names = tuple(value.split(","))
    for name in names:
        if name not in quantities.names():
            known = ", ".join(quantities.names())
            raise argparse.ArgumentTypeError(f"{name!r} should be one of {known}")
    return names


async def _measure(parts: tuple[str, ...], options: argparse.Namespace) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for part in parts:
        if part == "gateway":
            frames = options.frames or gateway.FRAMES
            in_flight = options.in_flight or MOST_IN_FLIGHT
            results[part] = await gateway.measure(frames, in_flight, _progress)
        elif part == "bytes":
            results[part] = await asyncio.to_thread(_bytes, options)
        else:
            results[part] = await node.measure(_progress)
    return results


def _bytes(options: argparse.Namespace) -> dict[str, Any]:
    _progress("bytes: sealing, opening and weighing")
    if options.data is None:
        sets = datasets.generated()
    else:
        sets = datasets.load(options.data, options.every, options.quantities or ())
    result = sizes.measure(sets)
    _progress("bytes: what a model would need")
    frames = {
        row["set"]: row["bytes"]
        for row in result["rows"]
        if (row["format"], row["window"]) == ("neckar", bits.WINDOW)
    }
    return result | {"bound": bits.measure(sets, frames)}


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
