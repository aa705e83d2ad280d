"""`tools/soak --kills N --seed S [--json]`: kill the gateway while everything fails, and judge.

0  nothing that was acknowledged is lost, no id changed, the order held
1  a promise was broken, or there is no verdict: the lines above say what, and where the logs are
2  the command line is wrong: one line says what
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any, NoReturn

from tools.soaking.errors import SoakError

_COUNTS = ("kills", "acknowledged", "delivered", "repeated", "lost", "id_changes")
_LANES = 2  # gateways side by side: while one starts, the other is under load


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Print one line and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message} (--help tells more)\n")


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; return the exit code."""
    options = _options(arguments)
    begin = time.monotonic()
    try:
        verdicts = asyncio.run(_soak(options))
    except SoakError as e:
        print(f"tools/soak: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    result = total(verdicts) | {"seed": options.seed, "lanes": len(verdicts)}
    result["seconds"] = round(time.monotonic() - begin, 1)
    for verdict in verdicts:
        for example in verdict["examples"]:
            print(example, file=sys.stderr)
    print(json.dumps(result) if options.json else _text(result))
    return 1 if is_bad(result) else 0


def total(verdicts: list[dict[str, Any]]) -> dict[str, Any]:
    """Add the lanes up."""
    result: dict[str, Any] = {
        name: sum(verdict[name] for verdict in verdicts) for name in (*_COUNTS, "order_violations")
    }
    faults: Counter[str] = Counter()
    for verdict in verdicts:
        faults.update(verdict["faults"])
    left_out = [] if all(v["shim"] for v in verdicts) else ["disk", "clock", "torn pages"]
    return result | {"faults": dict(sorted(faults.items())), "left_out": left_out}


def is_bad(result: dict[str, Any]) -> bool:
    """Say whether a promise was broken."""
    return bool(result["lost"] or result["id_changes"] or result["order_violations"])


def _text(result: dict[str, Any]) -> str:
    lines = [f"{name:>18}  {result[name]:,}" for name in (*_COUNTS, "order_violations", "seconds")]
    lines += [f"{count:>18,}  {name}" for name, count in result["faults"].items()]
    if result["left_out"]:
        lines.append(f"left out, as there is no C compiler: {', '.join(result['left_out'])}")
    return "\n".join(lines)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = _Parser("tools/soak", description="Kill the gateway while everything fails")
    parser.add_argument("--kills", type=_number(1, 1_000_000), default=100, help="how often")
    parser.add_argument("--seed", type=_number(0, 10**9), default=1, help="of all choices")
    parser.add_argument("--lanes", type=_number(1, 16), default=_LANES, help="gateways at once")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return parser.parse_args(arguments)


def _number(least: int, most: int):  # type: ignore[no-untyped-def]
    def number(value: str) -> int:
        if not value.isdecimal() or not least <= int(value) <= most:
            raise argparse.ArgumentTypeError(f"{value!r} should be {least} to {most}")
        return int(value)

    return number


async def _soak(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Run the lanes; return their verdicts, or raise SoakError where one has none."""
    lanes = min(options.lanes, options.kills)
    shares = [options.kills // lanes + (i < options.kills % lanes) for i in range(lanes)]
    progress = _Progress(options.kills, options.quiet)
    jobs = [_lane(share, options.seed, i, progress) for i, share in enumerate(shares)]
    return list(await asyncio.gather(*jobs))


class _Progress:
    """A line on stderr now and then."""

    def __init__(self, kills: int, is_quiet: bool):
        self._kills = kills
        self._every_s = 10.0
        self._said_at = time.monotonic()
        self._is_quiet = is_quiet
        self._done: dict[int, dict[str, int]] = {}

    def take(self, lane: int, document: dict[str, int]) -> None:
        """A lane has come so far."""
        self._done[lane] = document
        if not self._is_quiet and time.monotonic() - self._said_at >= self._every_s:
            self._said_at = time.monotonic()
            kills = sum(each["kills"] for each in self._done.values())
            delivered = sum(each["delivered"] for each in self._done.values())
            text = f"soak: {kills} of {self._kills} kills, {delivered:,} samples delivered"
            print(text, file=sys.stderr, flush=True)


async def _lane(kills: int, seed: int, lane: int, progress: _Progress) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.soaking.lane", str(kills), str(seed), str(lane)),
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    async for line in process.stdout:
        document = json.loads(line)
        if "error" in document:
            raise SoakError(document["error"])
        if "verdict" in document:
            await process.wait()
            verdict: dict[str, Any] = document["verdict"]
            if verdict["examples"]:
                print(f"the gateway's log is in {document['folder']}", file=sys.stderr)
            return verdict
        progress.take(lane, document)
    raise SoakError(f"lane {lane} ended without a verdict; its words are above")


if __name__ == "__main__":
    sys.exit(main())
