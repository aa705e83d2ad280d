"""What a chip says on its console before MicroPython does.

Place: VirtualEsp32 -> here -> port.
Guarantee: lines end as a terminal wants them. The words are those of the ROM and of ESP-IDF's
bootloader with MicroPython's settings: it says warnings and errors only.
"""

from tools.rig.esp32.checks import Bad, Good
from tools.rig.esp32.chips import Kind

_PINS = """\
configsip: 0, SPIWP:0xee
clk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00
mode:DIO, clock div:2
"""
_BROWN_OUT = "E BOD: Brownout detector was triggered\n"


def start(kind: Kind, found: Good) -> bytes:
    """Return what is said before the first word of MicroPython."""
    return _lines(f"{_reset(kind, kind.words.start)}{_loaded(found)}")


def failure(kind: Kind, found: Bad, is_first: bool) -> bytes:
    """Return what is said of a bad image, at power-on and each time that the watchdog bit."""
    reset = kind.words.start if is_first else kind.words.again
    return _lines(f"{_reset(kind, reset)}{_loaded(found) if found.loads else ''}{found.said}\n")


def brown_out(kind: Kind, is_first: bool) -> bytes:
    """Return what is said where the supply is too weak for the app to start."""
    reset = kind.words.start if is_first else kind.words.brown_out
    return _lines(f"{_reset(kind, reset)}{_PINS}{_BROWN_OUT}\n")


def download(kind: Kind) -> bytes:
    """Return what is said where the chip waits for esptool."""
    return _lines(f"{_reset(kind, kind.words.download)}waiting for download\n")


def _reset(kind: Kind, reset: str) -> str:
    return f"{kind.words.banner}\n{reset}\n"


def _loaded(found: Good | Bad) -> str:
    loads = "".join(f"load:0x{address:08x},len:{size}\n" for address, size in found.loads)
    return f"{_PINS}{loads}entry 0x{found.entry:08x}\n"


def _lines(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
