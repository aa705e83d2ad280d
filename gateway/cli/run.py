"""`neckar-gateway run`: load the configuration, run the gateway until it is told to end.

Place: systemd or a shell -> here -> app.
"""

import argparse
import asyncio
import logging
import os
import signal
from typing import Any

from gateway import logs
from gateway.app import App
from gateway.clock import Clock
from gateway.config import Config, load
from gateway.errors import GatewayError

log = logging.getLogger("gateway")


class WrongUserError(GatewayError):
    """Root would make files that the user of the service cannot write: it could store nothing."""

    exit_code = 2


def add_parser(subparsers: Any) -> None:
    """Add `run`."""
    parser = subparsers.add_parser("run", description="Run the gateway until SIGTERM or SIGINT.")
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; GatewayError where it cannot go on."""
    config = load(options.config)
    _refuse_root(config)
    logs.set_up(config.log.level, config.log.format)
    for warning in config.warnings:
        log.warning("%s", warning)
    asyncio.run(_run(config))
    return 0


def _refuse_root(config: Config) -> None:
    folder = config.spool.path.parent
    if os.geteuid() == 0 and folder.stat().st_uid != 0:
        text = f"{folder} belongs to another user: systemctl start neckar-gateway, or run as that"
        raise WrongUserError(f"root may not run it, for {text}")


async def _run(config: Config) -> None:
    app = App(config, Clock())
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, app.stop)
    await app.run()
