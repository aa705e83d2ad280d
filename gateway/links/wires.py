"""The wires of a HAT, as the radio's driver knows them from MicroPython's `machine`.

Place: Sx126x -> here -> spidev and gpiod (v2) -> the kernel -> the chip.
Guarantee: one transfer for everything between a fall and a rise of CS, so it does not matter
whether the SPI's own CS is used or a line. The time of an interrupt is the kernel's, to the
microsecond, however late the program looks at it.

The driver's part of `machine`: SPI.write, readinto, write_readinto; Pin.value, Pin.irq.
"""

import asyncio
import contextlib
import errno
import re
from collections.abc import Callable
from typing import Any

from gateway.links.config import Hat


class Spi:
    """Collects what is written; a read ends the transfer, for the driver never goes on after one.

    `select` is the fall and the rise of CS; `line` moves with it where CS is a line.
    """

    def __init__(self, device: Any, line: "Line | None" = None):
        self._device = device
        self._line = line
        self._waiting = b""

    def select(self, level: int) -> None:
        """CS falls (0): a transfer begins; it rises (1): what was collected is on the wire."""
        if level and self._waiting:
            self._transfer(0)
        self._waiting = b""
        if self._line:
            self._line.value(level)

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._waiting += data

    def readinto(self, buffer: bytearray) -> None:
        """Receive as many bytes as fit."""
        count = len(buffer)
        buffer[:] = self._transfer(count)[-count:] if count else b""

    def write_readinto(self, data: bytes, buffer: bytearray) -> None:
        """Exchange bytes; `buffer` may be `data`."""
        self._waiting += data
        buffer[:] = self._transfer(0)[-len(buffer) :]

    def _transfer(self, more: int) -> bytes:
        out, self._waiting = self._waiting + bytes(more), b""
        return bytes(self._device.xfer2(list(out)))


class ChipSelect:
    """CS as a pin, which begins and ends transfers."""

    def __init__(self, spi: Spi):
        self._spi = spi

    def value(self, level: int) -> None:
        """Set the level."""
        self._spi.select(level)


class Line:
    """A line of a request; `on` and `off` are gpiod's names of its levels."""

    def __init__(self, request: Any, offset: int, on: Any, off: Any):
        self._request = request
        self._offset = offset
        self._on = on
        self._off = off

    def value(self, level: int | None = None) -> int | None:
        """Return the level, or set it."""
        if level is None:
            return 1 if self._request.get_value(self._offset) == self._on else 0
        self._request.set_value(self._offset, self._on if level else self._off)
        return None


class Interrupt(Line):
    """A line whose rises are events of the request; nothing else of that request has any."""

    IRQ_RISING = 1

    def __init__(self, *line: Any) -> None:
        super().__init__(*line)
        self._handler: Callable[[Any], None] | None = None
        self._rose_s: float | None = None

    def irq(self, handler: Callable[[Any], None], trigger: int) -> None:
        """Call `handler(pin)` at each rise."""
        if self._handler is None:
            asyncio.get_running_loop().add_reader(self._request.fd, self._events)
        self._handler = handler

    def take_rise_s(self) -> float | None:
        """Return when it rose last, by the clock of asyncio, and forget it; None: it did not."""
        rose_s, self._rose_s = self._rose_s, None
        return rose_s

    def _events(self) -> None:
        for event in self._request.read_edge_events():
            self._rose_s = event.timestamp_ns / 1e9  # CLOCK_MONOTONIC, which is asyncio's
        if self._handler:
            self._handler(self)

    def close(self) -> None:
        """End the interrupts."""
        if self._handler is not None:
            asyncio.get_running_loop().remove_reader(self._request.fd)
            self._handler = None


class Wires:
    """All that the driver needs; `rx` and `tx` are None where the HAT has no such line."""

    def __init__(self, hat: Hat, device: Any, request: Any, on: Any, off: Any):
        def line(offset: int | None) -> Line | None:
            return None if offset is None else Line(request, offset, on, off)

        self.spi = Spi(device, line(hat.cs))
        self.cs = ChipSelect(self.spi)
        self.busy = Line(request, hat.busy, on, off)
        self.reset = Line(request, hat.reset, on, off)
        self.dio1 = Interrupt(request, hat.dio1, on, off)
        self.rx = line(hat.rx_enable)
        self.tx = line(hat.tx_enable)
        self._device = device
        self._request = request

    def close(self) -> None:
        """Hold the chip in reset, so that it cannot go on sending, and give everything back."""
        self.dio1.close()
        with contextlib.suppress(OSError):
            self.reset.value(0)
        self._request.release()
        self._device.close()


def open_wires(hat: Hat) -> Wires:
    """Open SPI and lines; OSError says what is missing."""
    try:
        import gpiod
        import spidev
        from gpiod.line import Direction, Edge, Value
    except ImportError as e:
        text = f"spidev and gpiod (version 2) are not installed: {e}"
        raise OSError(errno.ENOPKG, text) from e
    level = {hat.reset: Value.ACTIVE, hat.cs: Value.ACTIVE}
    level |= {hat.rx_enable: Value.INACTIVE, hat.tx_enable: Value.INACTIVE}
    lines: dict[Any, Any] = {
        offset: gpiod.LineSettings(direction=Direction.OUTPUT, output_value=value)
        for offset, value in level.items()
        if offset is not None
    }
    lines[hat.busy] = gpiod.LineSettings(direction=Direction.INPUT)
    lines[hat.dio1] = gpiod.LineSettings(direction=Direction.INPUT, edge_detection=Edge.RISING)
    device = spidev.SpiDev()
    try:
        _open_spi(device, hat)
        request = gpiod.request_lines(str(hat.gpiochip), consumer="neckar", config=lines)
    except OSError:
        device.close()
        raise
    return Wires(hat, device, request, Value.ACTIVE, Value.INACTIVE)


def _open_spi(device: Any, hat: Hat) -> None:
    bus, chip = re.findall(r"\d+", hat.spi.name)
    device.open(int(bus), int(chip))
    device.mode = 0  # SX1261/2 data sheet, 8.2
    device.max_speed_hz = hat.spi_hz
    if hat.cs is not None:
        # Where the SPI cannot do without, its own CS moves at a pin on which nothing hangs.
        with contextlib.suppress(OSError):
            device.no_cs = True
