"""`neckar-gateway CONFIG`: parse arguments, load the configuration, run, map errors to exit codes.

0  ended by SIGTERM or SIGINT, or --check found nothing wrong
1  the disk or something else failed
2  the command line or the configuration is wrong: one line says what
"""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from gateway.app import App
from gateway.clock import Clock
from gateway.config import Config, load
from gateway.errors import ConfigError, GatewayError


def main(arguments: list[str] | None = None) -> int:
    """Run the gateway; return the exit code."""
    parser = argparse.ArgumentParser("neckar-gateway", description="Neckar's gateway")
    parser.add_argument("config", type=Path, help="the TOML file to run with")
    parser.add_argument("--check", action="store_true", help="check the file and end")
    options = parser.parse_args(arguments)
    try:
        config = load(options.config)
        if options.check:
            print(f"{options.config}: {len(config.serial)} ports, {len(config.nodes)} nodes: fine")
            return 0
        _log_to_stderr(config.log_level)
        asyncio.run(_run(config))
    except ConfigError as e:
        print(f"neckar-gateway: {options.config}: {e}", file=sys.stderr)
        return 2
    except GatewayError as e:
        print(f"neckar-gateway: {e}", file=sys.stderr)
        return 1
    except BaseExceptionGroup as group:  # a task failed, and all were ended with it
        ours = group.subgroup(GatewayError)
        if ours is None:
            raise
        print(f"neckar-gateway: {_first(ours)}", file=sys.stderr)
        return 1
    return 0


def _first(group: BaseExceptionGroup) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _run(config: Config) -> None:
    app = App(config, Clock())
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, app.stop)
    await app.run()


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )


if __name__ == "__main__":
    sys.exit(main())
