"""What a board is made of, as the command and the environment that its interpreter gets.

Place: board -> Chip -> Process; device/power_on.py reads the environment.
Guarantee: the same board has the same unique id in every run.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tools.rig.flash import FlashFaults
from tools.rig.image import DEVICE, Region
from tools.rig.interpreter import find_micropython, launcher

# As machine.reset_cause() of the ESP32 port.
PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = range(1, 6)

# As the ROM has them (RESET_REASON in ESP-IDF's rom/rtc.h). The watchdog of MicroPython ends in the
# panic handler of ESP-IDF, which resets the CPU as `machine.reset` does.
_ROM_CAUSES = {PWRON_RESET: 1, HARD_RESET: 12, WDT_RESET: 12, DEEPSLEEP_RESET: 5}
_ROM_BROWN_OUT = 15

ESP32_HEAP_KB = 172  # 110 KB free on an ESP32, times 1.57 for 64-bit words: see README.md
_BOOT_CODE_HEAP_KB = 256  # boot code and stubs take 58; the rest of it is taken away again
_ROM_HEAP_SHARE = 3  # of a ROM's size, for itself and the names in it; likewise
_PREFIX = "NECKAR_RIG_"
_ESP32 = "Generic ESP32 module with ESP32"


class Start(NamedTuple):
    """Why an interpreter starts; `is_cold`: the power has just come."""

    cause: int
    rom_cause: int
    is_cold: bool


class Identity(NamedTuple):
    """The address in the eFuses, and what `os.uname().machine` is."""

    unique_id: bytes
    machine: str


@dataclass
class Chip:
    """Its files, as that of the RTC memory, are in `state_dir`; `heap_kb` are free at boot.py.

    `rom` is the file of a ROM (`tools.rig.rom`), `flash` what is wrong with the flash; without an
    `identity` it is an ESP32 whose address follows from the name.
    """

    name: str
    image: Path | Region
    state_dir: Path
    heap_kb: int
    rom: Path | None = None
    flash: FlashFaults | None = None
    identity: Identity | None = None
    _rom_cause: int = field(default=0, init=False)
    _born_ns: int = field(default=0, init=False)  # when the power came, by the clock of the board

    @property
    def rtc(self) -> Path:
        """Return the file of the RTC memory."""
        return self.state_dir / f"{self.name}-rtc.bin"

    @property
    def file(self) -> Path:
        """Return the file that holds the flash."""
        return self.image.path if isinstance(self.image, Region) else self.image

    def begin(self, cause: int, is_brown_out: bool) -> Start:
        """Let the chip see a reset: what it holds afterwards, and what it takes for the reason.

        RTC memory and clock outlive every reset, and a brown-out too: that the dip was too short
        for them to suffer is the worse case for the firmware. A soft reset is none for the ROM.
        """
        is_cold = cause == PWRON_RESET and not is_brown_out
        if is_cold:
            self.rtc.write_bytes(bytes(2))  # its length is in the first two bytes
            self._born_ns = time.time_ns()
        if is_brown_out:
            self.lose_power()
        if cause != SOFT_RESET:
            self._rom_cause = _ROM_BROWN_OUT if is_brown_out else _ROM_CAUSES[cause]
        return Start(cause, self._rom_cause, is_cold)

    def lose_power(self) -> None:
        """Let the flash show what of the last writes it has."""
        if self.flash:
            self.flash.lose(self.file)

    def skip(self, span_ns: int) -> None:
        """Put the board's clock forward, by what a sleep was shortened."""
        self._born_ns -= span_ns

    def command(self) -> list[str]:
        """Return the command line; the REPL follows the boot code."""
        heap_kb = self.heap_kb + _BOOT_CODE_HEAP_KB
        if self.rom:
            heap_kb += _ROM_HEAP_SHARE * self.rom.stat().st_size // 1024
        boot = "__import__('power_on').boot()"  # leaves no name behind
        return [*launcher(find_micropython()), "-X", f"heapsize={heap_kb}k", "-i", "-c", boot]

    def environment(
        self,
        start: Start,
        runs_main: bool,
        control: int,
        uarts: Mapping[int, int],
        world: tuple[int, str] | None,
        parts: int,
    ) -> dict[str, str]:
        """Return the variables.

        `control`, `uarts` and `parts` are descriptors, `world` is one and a mode.
        """
        identity = self.identity or Identity(self._free_address(), _ESP32)
        variables = {
            "BORN_NS": self._born_ns,
            "CAUSE": start.cause,
            "CONTROL": control,
            "HEAP_KB": self.heap_kb,
            "IMAGE": self.file.absolute(),
            "MACHINE": identity.machine,
            "MAIN": 1 if runs_main else "",
            "PARTS": parts,
            "ROM": self.rom.absolute() if self.rom else "",
            "ROM_CAUSE": start.rom_cause,
            "RTC": self.rtc.absolute(),
            "UNIQUE_ID": identity.unique_id.hex(),
        }
        if isinstance(self.image, Region):
            variables["REGION"] = f"{self.image.at} {self.image.size}"
        variables |= self.flash.environment() if self.flash else {}
        variables |= {f"UART_{number}": descriptor for number, descriptor in uarts.items()}
        path = str(DEVICE)
        if world:
            variables |= {"WORLD": world[0], "TIME": world[1]}
            path = f"{DEVICE / 'world'}:{DEVICE}"
        named = {_PREFIX + name: str(value) for name, value in variables.items()}
        return named | {"MICROPYPATH": path}

    def _free_address(self) -> bytes:
        """Return a MAC address of the range that is free for everybody."""
        digest = hashlib.sha256(self.name.encode()).digest()
        return bytes([digest[0] & 0xFC | 0x02]) + digest[1:6]
