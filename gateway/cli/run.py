"""`neckar-gateway run`: load the configuration, run the gateway until it is told to end.

Place: systemd or a shell -> here -> app.
"""

import argparse
import asyncio
import logging
import signal
from typing import Any

from gateway import logs
from gateway.app import App
from gateway.clock import Clock
from gateway.config import Config, load

log = logging.getLogger("gateway")


def add_parser(subparsers: Any) -> None:
    """Add `run`."""
    parser = subparsers.add_parser("run", description="Run the gateway until SIGTERM or SIGINT.")
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; GatewayError where it cannot go on."""
    config = load(options.config)
    logs.set_up(config.log.level, config.log.format)
    for warning in config.warnings:
        log.warning("%s", warning)
    asyncio.run(_run(config))
    return 0


async def _run(config: Config) -> None:
    app = App(config, Clock())
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, app.stop)
    await app.run()
