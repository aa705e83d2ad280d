"""What a board is made of, as the command and the environment that its interpreter gets.

Place: board -> Chip -> Process; device/power_on.py reads the environment.
Guarantee: the same board has the same unique id in every run.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.rig.image import DEVICE
from tools.rig.interpreter import find_micropython

# As machine.reset_cause() of the ESP32 port.
PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = range(1, 6)

ESP32_HEAP_KB = 172  # 110 KB free on an ESP32, times 1.57 for 64-bit words: see README.md
# A node with a radio needs more than those 110 KB. MicroPython 1.23, the oldest we support, has
# 164 KB free on an ESP32; the 110 KB are those of 1.20.
RADIO_HEAP_KB = 257
_BOOT_CODE_HEAP_KB = 64  # boot code and stubs take 19; the rest of it is taken away again
_PREFIX = "NECKAR_RIG_"


@dataclass(frozen=True)
class Chip:
    """`rtc` is the file of the RTC memory; `heap_kb` are free when boot.py starts."""

    name: str
    image: Path
    rtc: Path
    heap_kb: int

    def power_on(self) -> None:
        """Empty the RTC memory: its length is in the first two bytes."""
        self.rtc.write_bytes(bytes(2))

    def command(self) -> list[str]:
        """Return the command line; the REPL follows the boot code."""
        heap_kb = self.heap_kb + _BOOT_CODE_HEAP_KB
        boot = "__import__('power_on').boot()"  # leaves no name behind
        return [str(find_micropython()), "-X", f"heapsize={heap_kb}k", "-i", "-c", boot]

    def environment(
        self,
        cause: int,
        runs_main: bool,
        control: int,
        uarts: Mapping[int, int],
        world: tuple[int, str] | None,
    ) -> dict[str, str]:
        """Return the variables; `control` and `uarts` are descriptors, `world` one and a mode."""
        variables = {
            "CAUSE": cause,
            "CONTROL": control,
            "HEAP_KB": self.heap_kb,
            "IMAGE": self.image.absolute(),
            "MAIN": 1 if runs_main else "",
            "RTC": self.rtc.absolute(),
            "UNIQUE_ID": self._unique_id().hex(),
        }
        variables |= {f"UART_{number}": descriptor for number, descriptor in uarts.items()}
        path = str(DEVICE)
        if world:
            variables |= {"WORLD": world[0], "TIME": world[1]}
            path = f"{DEVICE / 'world'}:{DEVICE}"
        named = {_PREFIX + name: str(value) for name, value in variables.items()}
        return named | {"MICROPYPATH": path}

    def _unique_id(self) -> bytes:
        """Return a MAC address of the range that is free for everybody."""
        digest = hashlib.sha256(self.name.encode()).digest()
        return bytes([digest[0] & 0xFC | 0x02]) + digest[1:6]
