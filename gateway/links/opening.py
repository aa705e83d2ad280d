"""Makes the links of a configuration and opens them all, or says in one line what is in the way.

Place: app -> here -> SerialLink, UdpForwarder, HatLink.
Guarantee: a link that is `optional` may be missing; it is looked for again later. Where another
cannot be opened, those that were are closed again.
"""

import errno
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

import serial

from gateway.clock import Clock
from gateway.errors import ConfigError
from gateway.links.config import Hat, SerialPort, UdpPort
from gateway.links.serial_port import SerialLink
from gateway.links.udp_forwarder import UdpForwarder

log = logging.getLogger("gateway.links")

OnFrames = Callable[[Any, list[bytes]], None]

_FIELDS = {"serial": "port", "udp": "listen", "hat": "spi"}
_BUSY = {
    "serial": "a port that no other program holds (fuser {0} names it)",
    "udp": "a port that no other program holds (ss -ulpn names it)",
    "hat": "lines and SPI that no other program holds (gpioinfo names it)",
}
_MAY = {
    "serial": "a port this user may open (adduser USER dialout)",
    "udp": "a port from 1024 on, which needs no rights",
    "hat": "a device this user may open (adduser USER spi; adduser USER gpio)",
}
_MISSING = {
    "serial": "a serial port that is plugged in, or optional = true",
    "hat": "a device that exists (raspi-config: SPI on), or optional = true",
}


class Link(Protocol):
    """What app, status and metrics need of a link, whatever it is.

    `device` is what an operator wrote; `garbled` counts what came and was nothing.
    """

    name: str
    kind: str
    device: str
    optional: bool
    bytes_in: int
    reconnects: int

    @property
    def is_open(self) -> bool:
        """Say whether it is there."""

    @property
    def frames(self) -> int:
        """Return how many frames came."""

    @property
    def garbled(self) -> int:
        """Return how much came that was nothing."""

    @property
    def out_dropped(self) -> int:
        """Return how many answers found no room, or no link."""

    def open(self) -> None:
        """Open it; OSError or ValueError says why not."""

    async def run(self) -> None:
        """Keep it open, for ever."""

    def close(self) -> None:
        """Close it."""

    def status(self) -> dict[str, Any]:
        """Return what only this kind has to say."""


def make_links(
    ports: tuple[SerialPort, ...],
    udp: tuple[UdpPort, ...],
    hats: tuple[Hat, ...],
    clock: Clock,
    on_frames: OnFrames,
    folder: Path,
) -> list[Link]:
    """Return the links in the order of the configuration; `folder` keeps their accounts."""
    links: list[Link] = [SerialLink(port, clock, on_frames) for port in ports]
    links += [UdpForwarder(port, clock, on_frames, folder) for port in udp]
    if hats:
        # Only who has a HAT needs the driver.
        from gateway.links.hat import HatLink

        links += [HatLink(hat, clock, on_frames, folder) for hat in hats]
    return links


def open_links(links: Iterable[Link]) -> None:
    """Open all, or raise a ConfigError that names the field."""
    opened: list[Link] = []
    numbers = dict.fromkeys(_FIELDS, 0)
    for link in links:
        field = f"{link.kind}[{numbers[link.kind]}].{_FIELDS[link.kind]}"
        numbers[link.kind] += 1
        try:
            link.open()
            opened.append(link)
        except (serial.SerialException, OSError, ValueError) as e:
            if link.optional:
                log.warning(
                    "%s: %s is not open yet: it should be %s",
                    link.name,
                    link.device,
                    _wanted(link, e),
                )
                continue
            for other in opened:
                other.close()
            raise ConfigError(field, link.device, _wanted(link, e)) from e


def _wanted(link: Link, error: Exception) -> str:
    """Say what would be right, and what to do."""
    text = str(error)
    number = getattr(error, "errno", None)
    if "exclusively lock" in text or number in (errno.EAGAIN, errno.EBUSY, errno.EADDRINUSE):
        return _BUSY[link.kind].format(link.device)
    if number in (errno.EACCES, errno.EPERM):
        return _MAY[link.kind]
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV) and link.kind in _MISSING:
        return _MISSING[link.kind]
    if number == errno.EADDRNOTAVAIL:
        return "an address of this machine, or 0.0.0.0 for all of them"
    if number == errno.ENOPKG:
        return f"used with apt install python3-spidev, pip install 'neckar[hat]' ({text})"
    return f"something that can be opened ({text})"
