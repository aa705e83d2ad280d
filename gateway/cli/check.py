"""`neckar-gateway check`: look whether everything the gateway needs is there, and change nothing.

Place: the operator's shell, or the unit before the start -> here -> one line for each thing.
Guarantee: reads only; nothing is created, opened for writing or taken away from a gateway that
runs. `--online` also speaks to the broker, but does not log in, which would end the gateway's own
connection.

Exit code 0: it can start. 2: it cannot; the lines with `error` say why.
"""

import argparse
import getpass
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.cli import check_broker, check_links, check_machine
from gateway.cli.findings import ERROR, OK, WARNING, Finding
from gateway.config import Config, load


def add_parser(subparsers: Any) -> None:
    """Add `check`."""
    text = "Look whether everything the gateway needs is there. Changes nothing."
    parser = subparsers.add_parser("check", description=text)
    parser.add_argument("--online", action="store_true", help="also reach for the broker")
    parser.set_defaults(func=check)


def check(options: argparse.Namespace) -> int:
    """Print what is there and what is not; return the exit code."""
    config = load(options.config)
    worst = {OK: 0, WARNING: 0, ERROR: 0}
    for finding in findings(config, options.config, options.online):
        worst[finding.level] += 1
        print(f"{finding.level:<8} {finding.what}: {finding.text}")
    if worst[ERROR]:
        print(f"{worst[ERROR]} errors: the gateway cannot do its work like this")
        return 2
    print(f"fine, with {worst[WARNING]} warnings" if worst[WARNING] else "fine")
    return 0


def findings(config: Config, path: Path, online: bool) -> Iterator[Finding]:
    """Yield what is found, in the order in which a reading passes."""
    links = f"{len(config.links)} link{'' if len(config.links) == 1 else 's'}"
    text = f"{path}: {links}; looked at as user {_user()}"
    yield Finding(OK, "configuration", text)
    for warning in config.warnings:
        yield Finding(WARNING, "configuration", warning)
    yield check_machine.clock(config)
    for link in config.links:
        yield from check_links.link(link)
    yield from check_machine.registry(config)
    yield from check_machine.spool(config)
    yield from check_machine.folders(config)
    yield from check_broker.files(config.mqtt)
    if online:
        yield from check_broker.reach(config.mqtt)
    yield check_machine.http_port(config)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container without /etc/passwd
        return str(os.geteuid())
