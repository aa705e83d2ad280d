"""What of a board others can open: its console, and a cable on each UART.

Place: VirtualBoard -> here -> Console, Cable.
Guarantee: either all ports are there or none.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.rig.cable import Cable
from tools.rig.console import Console
from tools.rig.errors import RigError
from tools.rig.terminal import HostPort


def port_at(given: Path | HostPort | None, stem: Path) -> HostPort:
    """Return the console's port: the one given, one behind the link given, or behind `stem`'s."""
    if isinstance(given, HostPort):
        return given
    return HostPort(given or stem.with_name(f"{stem.name}-console"))


def cables(stem: Path, uarts: Iterable[int] | Mapping[int, Path]) -> dict[int, Cable]:
    """Return a cable for each UART; where only numbers are given, their ports begin with `stem`."""
    if isinstance(uarts, Mapping):
        return {number: Cable(link) for number, link in uarts.items()}
    return {number: Cable(stem.with_name(f"{stem.name}-uart{number}")) for number in uarts}


def open_ports(console: Console, wire: Mapping[int, Cable]) -> None:
    """Make all ports; RigError where one cannot be made."""
    try:
        console.open()
        for cable in wire.values():
            cable.plug()
    except RigError:
        close_ports(console, wire)
        raise


def close_ports(console: Console, wire: Mapping[int, Cable]) -> None:
    """Let all ports vanish."""
    console.close()
    for cable in wire.values():
        cable.unplug()
