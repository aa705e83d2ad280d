"""Serial ports of this machine: which there are, who has them open, and opening one.

Place: system, globs of the workshop -> `found`; `opened` -> chip, prompt.
Guarantee: a port is opened alone: who else has it open is named, and nothing is sent to a board
that somebody else talks to. Opening resets no board. What the system says becomes a FlashError.
"""

import errno
import glob
import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import serial
from serial.tools import list_ports

from tools.flashing.errors import FlashError

_errors: tuple[type[Exception], ...] = (OSError,)  # pyserial's are OSErrors
try:
    import termios

    _errors += (termios.error,)  # which is none, and pyserial lets it pass
except ImportError:
    pass  # Windows has no terminals
PORT_ERRORS = _errors

ROM_BAUD = 115200  # of the boot code and of MicroPython's prompt
_WRITE_TIMEOUT_S = 10.0
_USUAL_GROUP = "dialout"
_HOLD_S = 0.1  # EN is low for so long in esptool's own reset
# What pyserial puts around the words of the system (serialposix.py, rfc2217.py).
_OF_PYSERIAL = re.compile(
    r"[Cc]ould not (?:open|configure) port[^:]*(?:\S+)?: "
    r"(?:\(\d+, |\[Errno -?\d+\] )?'?(?P<why>[^':]+)"
)
_PTYS = "/dev/pts/"
_PTY_MAKERS = {"/dev/ptmx", "/dev/pts/ptmx"}


@dataclass(frozen=True)
class Port:
    """`usb_path` names the socket that it is plugged into ("1-1.4"), or is empty."""

    path: str
    usb_path: str = ""
    description: str = ""
    serial: str = ""
    is_usb: bool = False


class Holder(NamedTuple):
    """A program that has a port open."""

    name: str
    pid: int


def found(extra_globs: Iterable[str] = ()) -> list[Port]:
    """Return the USB ports of the system, then what the globs find, without doubles."""
    ports = [
        Port(
            each.device,
            each.location or "",
            "" if each.description in (None, "n/a") else each.description,
            each.serial_number or "",
            True,
        )
        for each in sorted(list_ports.comports(), key=lambda each: each.location or "")
        if each.vid is not None
    ]
    seen = {os.path.realpath(port.path) for port in ports}
    for pattern in extra_globs:
        for path in sorted(glob.glob(pattern)):  # noqa: PTH207 - the pattern is absolute
            if os.path.realpath(path) not in seen:
                seen.add(os.path.realpath(path))
                ports.append(Port(path))
    return ports


def holders(path: str) -> list[Holder]:
    """Return who else has a port open, of the processes that this user may look at.

    Who made a PTY has its other end: that is the board, and does not hold it.
    """
    target = os.path.realpath(path)
    holding = []
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        files = _open_files(process)
        if target in files and not (target.startswith(_PTYS) and files & _PTY_MAKERS):
            with suppress(OSError):
                name = (process / "comm").read_text(encoding="utf-8").strip()
                holding.append(Holder(name, int(process.name)))
    return sorted(holding, key=lambda each: each.pid)


def _open_files(process: Path) -> set[str]:
    files = set()
    with suppress(OSError):  # it has ended, or belongs to somebody else
        for descriptor in os.scandir(process / "fd"):
            with suppress(OSError):
                files.add(
                    str(Path(descriptor.path).readlink()).replace("/dev/pts/ptmx", "/dev/ptmx")
                )
    return files


def opened(path: str, baud: int = ROM_BAUD) -> serial.Serial:
    """Open a port, or raise FlashError F101 to F105.

    DTR and RTS rise together, as the kernel lets them: the usual circuit leaves the chip alone then
    (esptool's documentation, "Boot Mode Selection", automatic bootloader).
    """
    is_local = "://" not in path
    if is_local and (others := holders(path)):
        raise _busy(path, others)
    try:
        port = serial.serial_for_url(path, baudrate=baud, exclusive=True if is_local else None)
        if is_local:  # RFC 2217 has no timeout for writing
            port.write_timeout = _WRITE_TIMEOUT_S
    except PORT_ERRORS as e:
        raise refused(path, e) from e
    except ValueError as e:  # an address that is none
        raise FlashError("F105", port=path, why=_words(e)) from e
    return port


def refused(path: str, e: Exception) -> FlashError:
    """Return what it means that the system did not open a port, or no longer serves it."""
    number = getattr(e, "errno", None)
    if number == errno.ENOENT:
        return FlashError("F101", port=path)
    if number in (errno.EACCES, errno.EPERM):
        return FlashError("F102", port=path, group=_group(path))
    if number in (errno.EBUSY, errno.EAGAIN):
        return _busy(path, holders(path))
    return FlashError("F105", port=path, why=_words(e))


def pulled(path: str, e: Exception) -> FlashError:
    """Return what an error of a port that was open means: its cable is out, or worse."""
    if isinstance(e, serial.SerialTimeoutException):
        return FlashError("F106", port=path)
    return FlashError("F104", port=path)


def pulse_reset(port: serial.Serial) -> bool:
    """Reset a board through RTS, into its program; say whether the port has such a line.

    RTS low and DTR high is EN low with IO0 high; RTS is let go first at the end as well, for DTR
    without RTS would be download mode (esptool's documentation, as above).
    """
    try:
        port.dtr = False
        port.rts = True
        time.sleep(_HOLD_S)
        port.rts = False
    except OSError as e:
        if e.errno in (errno.ENOTTY, errno.EINVAL):  # a PTY
            return False
        raise
    return True


def let_go(port: serial.Serial) -> None:
    """Close a port: RTS falls before DTR, the other way round the board would be reset."""
    with suppress(*PORT_ERRORS):
        port.rts = False
        port.dtr = False
    with suppress(*PORT_ERRORS):
        port.close()


def _busy(path: str, others: list[Holder]) -> FlashError:
    names = ", ".join(f"{each.name} ({each.pid})" for each in others)
    return FlashError("F103", port=path, holder=names or f"neckar-flash ({os.getpid()})")


def _group(path: str) -> str:
    """Return the group whose members may open a port; of root's nobody is made a member."""
    try:
        group = Path(path).group()
    except (OSError, KeyError, NotImplementedError):
        return _USUAL_GROUP
    return _USUAL_GROUP if group == "root" else group


def _words(e: Exception) -> str:
    words = (str(e).splitlines() or [type(e).__name__])[0]
    found = _OF_PYSERIAL.search(words)
    return found["why"] if found else words
