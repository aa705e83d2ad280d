"""A chip in download mode: what it is, and what is in its flash.

Place: port -> esptool -> `Chip` -> provisioning, doctor.
Guarantee: what is written is read back by the chip as MD5 before `write` returns. A chip with
secure boot or flash encryption is not touched. Every wait has an end, and every error is a
FlashError with code. When a Chip is closed, its board starts its program.

esptool is called through its Python API, for eight boards in threads of one process. As a program
it took 1.6 s of a core for 1.7 MB, which are .14 s here (`esptool_log` says why); its progress and
its errors would have to be read out of a terminal's text. What its calls share between threads is
one logger, which `esptool_log` replaces. An esptool.cfg in the working directory still counts.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

import serial
from esptool import cmds
from esptool.loader import ESPLoader
from esptool.util import FatalError, UnsupportedCommandError, flash_size_bytes

from tools.flashing import ports
from tools.flashing.errors import FlashError
from tools.flashing.esptool_log import Listener, heard_by

WRITE_BAUD = 921600
_SLOWER = (460800, ports.ROM_BAUD)
_ATTEMPTS = 7  # esptool's own: some circuits need a longer pause, which it tries in turn
_CONNECT_S = 12.0

Progress = Callable[[int, int], None]
Note = Callable[[FlashError], None]


class Chip:
    """A chip that `open_chip` found; use it as a context manager.

    kind        "esp32", "esp32s3" or another name of esptool, in small letters
    mac         "24:6f:28:aa:bb:cc", as `machine.unique_id()` has it
    flash_size  bytes
    baud        of the wire
    """

    def __init__(self, esp: ESPLoader, port: str, listener: Listener):
        self._esp = esp
        self._port = port
        self._listener = listener
        self.kind = _kind(esp)
        self.mac = ""
        self.flash_size = 0
        self.baud: int = esp.get_baud()

    def __enter__(self) -> "Chip":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def said(self) -> list[str]:
        """Return the last lines of esptool, for a support bundle."""
        return list(self._listener.said)

    def identify(self) -> None:
        """Read who it is; FlashError F115 where its flash does not tell its size."""
        with self._calling():
            self.mac = ":".join(f"{byte:02x}" for byte in self._esp.read_mac("BASE_MAC")[:6])
            cmds.attach_flash(self._esp)
            self.flash_size = flash_size_bytes(cmds.detect_flash_size(self._esp)) or 0
        if not self.flash_size:
            raise FlashError("F115", port=self._port)

    def md5(self, at: int, size: int) -> str:
        """Return the MD5 of a part of the flash, in hexadecimal, as the chip computes it."""
        with self._calling(at):
            return str(self._esp.flash_md5sum(at, size))

    def write(self, parts: list[tuple[int, bytes]], erase_all: bool = False) -> None:
        """Write and verify each (address, data); progress is told in bytes of all of them.

        FlashError F116 before anything is touched where they do not fit; F117 to F119 name the
        address of a part that the flash does not take, or an image that is not for this chip.
        """
        total = sum(len(data) for _, data in parts)
        for at, data in parts:
            if at + len(data) > self.flash_size:
                raise FlashError("F116", size=self.flash_size, wanted=at + len(data))
        if erase_all:
            self.erase()
        done = 0
        told = self._listener.on_progress
        for at, data in parts:
            self._listener.on_progress = _scaled(told, done, len(data), total)
            try:
                with self._calling(at):
                    cmds.write_flash(self._esp, [(at, data)])
            finally:
                self._listener.on_progress = told
            done += len(data)

    def erase(self) -> None:
        """Erase all of the flash: takes the chip 5 to 60 s."""
        with self._calling(0):
            cmds.erase_flash(self._esp)

    def read(self, at: int, size: int) -> bytes:
        """Return a part of the flash."""
        with self._calling(at):
            return bytes(self._esp.read_flash(at, size, None))

    def close(self, run: bool = True) -> None:
        """Let go of the port; the board starts its program, or with `run` False stays as it is."""
        if not self._esp._port.is_open:
            return
        if run:
            # A board whose cable is out needs no reset.
            with suppress(FatalError, *ports.PORT_ERRORS), heard_by(self._listener):
                self._esp.hard_reset()
        ports.let_go(self._esp._port)

    def _calling(self, at: int | None = None) -> "_Calling":
        return _Calling(self._listener, self._port, at)


class _Calling:
    """Around a call of esptool: sends what it says to a listener, and translates its errors."""

    def __init__(self, listener: Listener, port: str, at: int | None = None):
        self._heard = heard_by(listener)
        self._port = port
        self._at = at

    def __enter__(self) -> None:
        self._heard.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._heard.__exit__(None, None, None)
        if isinstance(error, FatalError):
            raise _translated(error, self._port, self._at) from error
        if isinstance(error, ports.PORT_ERRORS):
            raise ports.pulled(self._port, error) from error


def open_chip(
    port: str,
    baud: int = WRITE_BAUD,
    on_progress: Progress | None = None,
    on_note: Note | None = None,
    attempts: int = _ATTEMPTS,
) -> Chip:
    """Bring the chip at a port into download mode and return it.

    FlashError F101 to F106 of the port, F110 to F115 of the chip. Where the wire does not carry
    `baud`, a slower one is taken and `on_note` gets F122. A chip that is silent is tried for a
    second for each of the `attempts`.
    """
    listener = Listener(on_progress)
    opened = ports.opened(port)
    rates = [baud] + [rate for rate in _SLOWER if rate < baud]
    try:
        for rate in rates:
            with _Calling(listener, port):
                listener.give_up_at = time.monotonic() + _CONNECT_S
                esp = _connected(opened, attempts)
                listener.give_up_at = None
                is_carried = rate == ports.ROM_BAUD or _carries(esp, rate)
            if is_carried:
                break
            if on_note is not None:
                on_note(FlashError("F122", port=port, baud=rate))
        chip = Chip(esp, port, listener)
        chip.identify()
    except BaseException:
        with suppress(*ports.PORT_ERRORS):
            ports.pulse_reset(opened)
        ports.let_go(opened)
        raise
    return chip


def _connected(port: serial.Serial, attempts: int) -> ESPLoader:
    """Return the chip with esptool's own program running on it."""
    if not port.is_open:
        port.open()
    esp = cmds.detect_chip(port, ports.ROM_BAUD, connect_attempts=attempts)
    if esp.secure_download_mode:
        raise UnsupportedCommandError(esp, 0)
    if esp.get_secure_boot_enabled() or esp.get_flash_encryption_enabled():
        raise FatalError("Active security features")
    esp.checksum = _checksum
    esp = cmds.run_stub(esp)
    esp.checksum = _checksum
    # A cable that was pulled is told, not waited for: the next run goes on from there.
    esp.WRITE_FLASH_ATTEMPTS = 1
    return esp


def _carries(esp: ESPLoader, baud: int) -> bool:
    """Change the rate; say whether the chip is still understood."""
    try:
        esp.change_baud(baud)
        esp.read_reg(ESPLoader.CHIP_DETECT_MAGIC_REG_ADDR, timeout=0.5)
    except FatalError:
        return False
    return True


def _checksum(data: bytes, state: int = ESPLoader.ESP_CHECKSUM_MAGIC) -> int:
    """Return what `ESPLoader.checksum` does, the XOR of all bytes, in a twentieth of the time."""
    size = 1 << max(0, len(data) - 1).bit_length()
    folded = int.from_bytes(data, "little")
    while size > 1:
        size //= 2
        folded = (folded >> 8 * size) ^ (folded & (1 << 8 * size) - 1)
    return state ^ folded


def _kind(esp: ESPLoader) -> str:
    return esp.CHIP_NAME.lower().replace("-", "")


def _scaled(told: Progress | None, before: int, size: int, total: int) -> Progress | None:
    """Return what turns the progress of a compressed part into that of all."""
    if told is None:
        return None
    return lambda done, wanted: told(before + size * done // max(wanted, 1), total)


# What esptool says, where it says it by words only: part of its text, our code.
_WORDS = (
    ("MD5 of file does not match", "F118"),
    ("flash region is empty", "F118"),
    ("requires chip revision", "F119"),
    ("is not a", "F119"),
    ("does not contain", "F119"),
    ("Wrong boot mode", "F111"),
    ("serial TX path", "F112"),
    ("Failed to connect", "F110"),
    ("autodetect", "F113"),
    ("Unexpected chip", "F113"),
    ("Active security", "F114"),
    ("Secure Boot", "F114"),
    ("encryption", "F114"),
    ("result was", "F117"),
)


def _translated(e: FatalError, port: str, at: int | None) -> FlashError:
    """Return what esptool's error means for a technician."""
    if isinstance(e, UnsupportedCommandError):
        return FlashError("F114", port=port)
    text = str(e)
    code = next((code for words, code in _WORDS if words in text), "F120")
    values: dict[str, Any] = {"port": port}
    if code in ("F117", "F118", "F119"):
        values["at"] = f"0x{at or 0:x}"
    if code in ("F113", "F117", "F119", "F120"):
        values["why"] = text.splitlines()[0].rstrip(".")
    return FlashError(code, **values)
