"""`tools/bench all|gateway|backlog|bytes|node|network|flash [--json]`: measure, check, and print.

0  measured, and nothing was lost     1  something was lost, or could not be measured
2  the command line is wrong: one line says what
"""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from protocol import quantities
from tools.benchmark import backlog, bits, datasets, flashing, gateway, growth, node, sizes, view
from tools.benchmark.errors import BenchError
from tools.benchmark.load import MOST_IN_FLIGHT
from tools.benchmark.network import city, many, table, trouble, validation, verdict
from tools.benchmark.network.city import Plan
from tools.demonstration.errors import DemoError
from tools.rig.errors import RigError

_PARTS = ("gateway", "backlog", "bytes", "node", "network", "flash")
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
    return 1 if _is_bad(results) else 0


def _is_bad(results: dict[str, Any]) -> bool:
    """Say whether readings or boards were lost, the law was broken, or a node in trouble."""
    cuts = results["flash"]["cuts"] if "flash" in results else {"steps": 0, "recovered": 0}
    if cuts["recovered"] < cuts["steps"]:
        return True
    if any(results[part]["lost"] for part in ("gateway", "backlog") if part in results):
        return True
    network = results.get("network")
    if network is None:
        return False
    is_lost = network["missing"] > network["missing_named"]
    return is_lost or network["duty_violations"] > 0 or verdict.is_bad(network)


# Which part an option belongs to.
_OF_PART = {
    "frames": "gateway",
    "in_flight": "gateway",
    "no_growth": "gateway",
    "data": "bytes",
    "every": "bytes",
    "quantities": "bytes",
    "wakes": "node",
    "nodes": "network",
    "days": "network",
    "loss": "network",
    "seed": "network",
    "trouble": "network",
    "table": "network",
    "svg": "network",
}


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(arguments)
    for name, part in _OF_PART.items():
        if getattr(options, name) is not None and options.part not in ("all", part):
            option = "--" + name.replace("_", "-")
            parser.error(f"{option} belongs to {part}, not to {options.part}")
    if options.svg and not options.table:
        parser.error("--svg draws what --table measures, which is missing")
    if options.data is None and (options.every or options.quantities):
        parser.error("--every and --quantities choose from --data, which is missing")
    return options


def _parser() -> _Parser:
    """Return the parser; what was not given is None."""
    parser = _Parser("tools/bench", description="What Neckar costs, measured on this machine")

    def flag(name: str, text: str) -> None:
        parser.add_argument(name, action="store_true", default=None, help=text)

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
    flag("--no-growth", "gateway: leave out 60,000 nodes and ten million frames in the spool")
    parser.add_argument(
        "--data", type=_folder, help="bytes: folder with CSV files to count instead"
    )
    parser.add_argument("--every", type=_interval, help="bytes: thin --data, as in 15m, 300s, 1h")
    parser.add_argument("--quantities", type=_names, help="bytes: only these of --data, as in a,b")
    parser.add_argument("--wakes", type=_whole(200, 100_000), help="node: how often it wakes")
    parser.add_argument("--nodes", type=_whole(1, 60), help="network: boards with real firmware")
    parser.add_argument("--days", type=_days, help="network: how long they measure")
    parser.add_argument("--loss", type=_share, help="network: share of good frames that is lost")
    parser.add_argument("--seed", type=_whole(0, 10**9), help="network: of all chance")
    flag("--trouble", "network: all profiles and power; power, sensors and code that fail")
    flag("--table", "network: also many nodes by number, way, hidden share; and what LoRaSim says")
    parser.add_argument("--svg", type=Path, help="network: draw that table into a file")
    return parser


def _frames(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{value!r} should be 1 to 1000000")
    return int(value)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(value: str) -> int:
        if not value.isdecimal() or not least <= int(value) <= most:
            raise argparse.ArgumentTypeError(f"{value!r} should be {least} to {most}")
        return int(value)

    return number


def _days(value: str) -> float:
    return _between(value, 0.01, 60.0)


def _share(value: str) -> float:
    return _between(value, 0.0, 0.9)


def _between(value: str, least: float, most: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{value!r} should be {least:g} to {most:g}")
    return number


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
            in_flight = options.in_flight or MOST_IN_FLIGHT
            results[part] = await gateway.measure(options.frames, in_flight, _progress)
            if not options.no_growth:
                results[part]["growth"] = await growth.measure(_progress)
        elif part == "backlog":
            results[part] = await backlog.measure(_progress)
        elif part == "bytes":
            results[part] = await asyncio.to_thread(_bytes, options)
        elif part == "network":
            results[part] = await _network(options)
        elif part == "flash":
            results[part] = await flashing.measure(_progress)
        else:
            results[part] = await node.measure(_progress, options.wakes or node.WAKES)
    return results


async def _network(options: argparse.Namespace) -> dict[str, Any]:
    given = {name: getattr(options, name) for name in ("nodes", "days", "loss", "seed")}
    plan = Plan(**{name: value for name, value in given.items() if value is not None})
    result = await (trouble if options.trouble else city).measure(plan, _progress)
    _progress("network: a thousand nodes without an interpreter each")
    result["many"] = await asyncio.to_thread(many.measure, 1000, 0.3, "cad", 2.0, plan.seed, False)
    if options.table:
        _progress("network: the table, some minutes")
        result["table"] = await asyncio.to_thread(table.run, 2.0, plan.seed)
        rows = await asyncio.to_thread(validation.measure)
        result["validation"] = [row._asdict() for row in rows]
    if options.svg:
        options.svg.write_text(table.svg(result["table"]), encoding="utf-8")
    return result


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
