"""Which port is meant: the one that is named, the only one, or the one that is chosen from a table.

Place: system, options -> `chosen` -> the commands that work on boards.
Guarantee: a port that a program has open is listed with that program, and not touched.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tools.flashing import ports
from tools.flashing.cli.desk import Desk
from tools.flashing.errors import FlashError
from tools.flashing.ports import Port
from tools.flashing.tables import listing
from tools.flashing.texts import say

_MEGABYTE = 1024 * 1024
_COLUMNS = ("usb", "port", "mac", "chip", "flash")
_SILENT = "F130"
_NO_ANSWER = ("F110", "F111", "F112")
_QUICK = 2  # tries to get a silent chip to answer, of a second each


class Seen(NamedTuple):
    """What is at a port; `error` where nothing answers, `holder` where a program has it."""

    port: Port
    mac: str = ""
    chip: str = ""
    flash_size: int = 0
    holder: str = ""
    error: FlashError | None = None

    @property
    def is_silent(self) -> bool:
        """Say whether nothing more is known of a port than that no chip answers at it."""
        return self.error is not None and self.error.code in _NO_ANSWER

    @property
    def flash(self) -> str:
        """Return the size of its flash for people."""
        return f"{self.flash_size // _MEGABYTE} MB" if self.flash_size else ""


def where(port: Port) -> str:
    """Return the short name of a port: its USB path, where it has one."""
    return port.usb_path or Path(port.path).name


def there(desk: Desk) -> list[Port]:
    """Return the ports that are there, those of the workshop too; F807 where there is none."""
    found = ports.found(desk.workshop.ports)
    if not found:
        raise FlashError("F807")
    return found


def named(desk: Desk, path: str) -> Port:
    """Return the port of a path, a USB path or an address as rfc2217://; it need not be there."""
    known = ports.found(desk.workshop.ports)
    fits = (port for port in known if path in (port.path, port.usb_path, Path(port.path).name))
    return next(fits, Port(path))


def chosen(desk: Desk) -> list[Port]:
    """Return the ports that are meant by --port and --all, or chosen; F806 to F808."""
    given = desk.given
    everything = getattr(given, "all", False)
    if given.port and everything:
        raise FlashError("F806", first="--port", second="--all")
    if given.port:
        return [named(desk, given.port)]
    found = there(desk)
    if everything or len(found) == 1:
        return found
    if desk.dialogue is None:
        names = [f"{port.path} ({where(port)})" for port in found]
        raise FlashError("F808", count=len(found), ports=names)
    desk.say("looking")
    table = listing(("number", *_COLUMNS), _numbered(look_at_all(found), desk.lang), desk.lang)
    paths = [port.path for port in found]
    path = desk.dialogue.choose("which port", "--port", paths, table=table)
    return [port for port in found if port.path == path]


def look_at_all(found: Sequence[Port], look: Callable[[Port], Seen] | None = None) -> list[Seen]:
    """Look at several ports at once: each takes a second or two. Their boards start anew."""
    with ThreadPoolExecutor(max(1, len(found))) as pool:
        return list(pool.map(look or look_at, found))


def look_at(port: Port) -> Seen:
    """Ask the chip at a port who it is; its board starts anew afterwards."""
    from tools.flashing.chip import open_chip

    holders = ports.holders(port.path)
    if holders:
        names = ", ".join(f"{holder.name} ({holder.pid})" for holder in holders)
        return Seen(port, holder=names)
    try:
        with open_chip(port.path, ports.ROM_BAUD, attempts=_QUICK) as chip:
            return Seen(port, chip.mac, chip.kind, chip.flash_size)
    except FlashError as e:
        return Seen(port, error=e)


def recognized(desk: Desk, port: Port) -> Seen:
    """Find out who is at a port as provisioning does: by the prompt, else by the chip."""
    from tools.flashing.prompt import open_prompt

    try:
        with open_prompt(port.path, desk.workshop.service_key) as prompt:
            facts = prompt.facts
            prompt.leave()
        return Seen(port, facts.mac, facts.mcu)
    except FlashError as e:
        return look_at(port) if e.code == _SILENT else Seen(port, error=e)


def row(seen: Seen, lang: str) -> list[str]:
    """Return the cells of a port for a table."""
    mac = seen.mac
    if seen.holder:
        mac = say("held", lang, who=seen.holder)
    elif seen.error is not None:
        mac = say("silent", lang) if seen.is_silent else say("trouble", lang, code=seen.error.code)
    return [seen.port.usb_path, seen.port.path, mac, seen.chip, seen.flash]


def _numbered(all_seen: Iterable[Seen], lang: str) -> list[list[str]]:
    return [[f"{number:2}", *row(seen, lang)] for number, seen in enumerate(all_seen, 1)]
