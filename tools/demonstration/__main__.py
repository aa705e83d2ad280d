"""`tools/demo`: everything from sensor to platform on one machine, with nothing to install.

0  ended as asked, nothing missing     1  readings are missing, or something ended by itself
2  the command line is wrong
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.live import Live

from tools.demonstration import view
from tools.demonstration.errors import DemoError
from tools.demonstration.stage import Options, Stage, open_stage
from tools.demonstration.texts import text
from tools.flashing.language import language
from tools.rig.errors import RigError


def main(arguments: list[str] | None = None) -> int:
    """Run the demonstration; return the exit code."""
    parser = argparse.ArgumentParser("tools/demo", description="A small city on one machine")
    parser.add_argument("--seconds", type=_seconds, help="end by itself after so many seconds")
    parser.add_argument("--chaos", action="store_true", help="kill, cut and disturb on the way")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument("--data", type=_folder, help="folder with CSV files to replay")
    parser.add_argument("--broker", type=_broker, help="another broker: mqtt://host:port (MQTT 5)")
    parser.add_argument("--interval", type=int, default=1, choices=range(1, 61), metavar="1..60")
    parser.add_argument("--seed", type=int, default=1, help="of the faults")
    parser.add_argument("--lang", choices=("de", "en"))
    given = parser.parse_args(arguments)
    if given.json and given.seconds is None:
        parser.error("--json needs --seconds: the object is printed at the end")
    options = Options(
        given.seconds, given.chaos, given.data, given.broker, given.seed, given.interval
    )
    try:
        return asyncio.run(_run(options, given.json, language(given.lang)))
    except (DemoError, RigError) as e:
        print(f"tools/demo: {e}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0


def _seconds(value: str) -> float:
    seconds = float(value)
    if not 1 <= seconds <= 86400:
        raise argparse.ArgumentTypeError("should be 1 to 86400")
    return seconds


def _broker(value: str) -> tuple[str, int]:
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port or 1883
    except ValueError:
        host = None
    if not host or parts.scheme != "mqtt":
        raise argparse.ArgumentTypeError(f"{value!r} should be mqtt://host:port")
    return host, port


def _folder(value: str) -> Path:
    path = Path(value)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{value!r} is no folder")
    return path


async def _run(options: Options, as_json: bool, lang: str) -> int:
    main_task = asyncio.current_task()
    assert main_task is not None  # noqa: S101 - asyncio.run made it
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main_task.cancel)
    console = Console(stderr=as_json, quiet=as_json)
    console.print(text("starting", lang))
    async with open_stage(options) as stage:
        with Live(console=console, refresh_per_second=4, transient=as_json) as live:

            def tick() -> None:
                live.update(view.render(stage, lang))

            await stage.play(tick)
            console.print(text("settling", lang))
            await stage.settle(tick)
        result = stage.result()
        if as_json:
            print(json.dumps(result))
        else:
            console.print(view.summary(result, lang))
        return _verdict(stage, result)


def _verdict(stage: Stage, result: dict) -> int:
    return 1 if result["readings_missing"] or stage.platform.contradictions else 0


if __name__ == "__main__":
    sys.exit(main())
