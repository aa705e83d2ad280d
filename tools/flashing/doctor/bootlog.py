"""Reads what a chip says when it starts: ROM, second bootloader, ESP-IDF, MicroPython, our node.

Place: listening -> `read` -> BootLog -> the checks.
Guarantee: any bytes can be read; what is not known is passed over.

The ROM is not published; its words are those of esptool's "Boot Mode Selection" page ("Boot Mode
Message", "Later Boot Messages") and of logs in esptool's issue 553 and ESP-IDF's FAQ ("csum err",
"ets_main.c"). Numbers of reset causes: ESP-IDF, esp_rom/include/esp32/rom/rtc.h and esp32s3, the
same for what is used here. Names behind the numbers differ between chips, so numbers decide.
"""

import re
from typing import NamedTuple

_RESET = re.compile(
    rb"rst:0x([0-9a-f]{1,2}) \(([^)\r\n]{0,40})\),boot:0x([0-9a-f]{1,2}) \(([A-Z0-9_]+)"
)
_NEWLINES = re.compile(r"[\r\n]+")
_OURS = "neckar: "
_DOWNLOADING = "DOWNLOAD"  # how the names of that mode begin, on every chip
_FLASH = ("SPI_FAST_FLASH_BOOT", "SPI_FLASH_BOOT")
_MTDI = 0x20  # GPIO12 in the strapping register of an ESP32
_LEAST_BYTES = 24  # fewer are noise of plugging in
_MOST_STRANGE = 0.25  # share of bytes that are no text
_TEXT = frozenset([9, 10, 13, 27, *range(32, 127)])


class Reset(NamedTuple):
    """One start of the ROM; `mode` is the word in front of the first bracket."""

    cause: int
    name: str
    straps: int
    mode: str

    @property
    def is_download(self) -> bool:
        """Say whether the chip waits for a program instead of starting one."""
        return self.mode.startswith(_DOWNLOADING)

    @property
    def is_odd(self) -> bool:
        """Say whether it starts from neither flash nor the serial port."""
        return not self.is_download and self.mode not in _FLASH

    @property
    def has_low_flash_voltage(self) -> bool:
        """Say whether GPIO12 was high: an ESP32 feeds its flash with 1.8 V then."""
        return bool(self.straps & _MTDI)


class BootLog(NamedTuple):
    """`text` is all of it as text; `ours` are the node's lines without `neckar: `."""

    text: str
    resets: tuple[Reset, ...]
    ours: tuple[str, ...]
    is_garbage: bool

    def has(self, *words: str) -> bool:
        """Say whether one of these is in it."""
        return any(word in self.text for word in words)

    def find(self, pattern: str) -> re.Match[str] | None:
        """Return the first place that fits a regular expression."""
        return re.search(pattern, self.text)

    def said(self, begin: str) -> str | None:
        """Return the last line of the node that begins so, without that beginning."""
        found = [line for line in self.ours if line.startswith(begin)]
        return found[-1][len(begin) :] if found else None


def read(data: bytes) -> BootLog:
    """Return what is in a boot log."""
    resets = tuple(
        Reset(int(cause, 16), name.decode("ascii", "replace"), int(straps, 16), mode.decode())
        for cause, name, straps, mode in _RESET.findall(data)
    )
    text = data.decode("utf-8", "replace")
    lines = _NEWLINES.split(text)
    ours = tuple(line[len(_OURS) :] for line in lines if line.startswith(_OURS))
    return BootLog(text, resets, ours, is_garbage(data) and not resets and not ours)


def is_garbage(data: bytes) -> bool:
    """Say whether bytes are no text: another speed, or no text at all."""
    strange = sum(byte not in _TEXT for byte in data)
    return len(data) >= _LEAST_BYTES and strange > _MOST_STRANGE * len(data)
