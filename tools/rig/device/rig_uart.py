"""`machine.UART`: a stream between the firmware and the cable, or a sensor.

Place: firmware -> UART -> socket -> supervisor's cable -> PTY -> gateway; where a sensor is on the
wires, UART -> rig_sensor_uart.
Guarantee: nothing blocks. A read returns what is there or None, a write takes what fits and says
how much, or None; `asyncio.StreamReader` and `StreamWriter` wait on the object as on the device.

Not modelled: the baud rate and every other setting of the line, FIFO sizes and their overrun,
breaks, interrupts, and bytes that are lost because the UART was not yet set up when they came.
"""

import io
import os

import rig_parts
import uselect as select  # the interpreter's own, in a world too
from rig_sensor_uart import SensorUart

_world = None
if os.getenv("NECKAR_RIG_WORLD"):
    import rig_world as _world

_GET_FILENO = 10  # what a stream is asked by select.poll
_EINVAL = 22
_streams = {}


def _stream(number: int):
    """Return the one stream of a UART; it stays open, as the pins stay connected."""
    if number not in _streams:
        descriptor = os.getenv("NECKAR_RIG_UART_%d" % number)
        if descriptor is None:
            raise ValueError("UART(%d) does not exist" % number)
        _streams[number] = int(descriptor), open(int(descriptor), "r+b")
    return _streams[number]


class UART(io.IOBase):
    """`id` is the number of a UART that the rig has connected."""

    INV_TX = 1
    INV_RX = 2
    RTS = 1
    CTS = 2

    def __init__(self, id: int, baudrate: int = 115200, **settings):
        if id in rig_parts.uarts:
            self._become(SensorUart(id, settings.get("rxbuf", 0)))
            return
        self._descriptor, self._file = _stream(id)
        self._poller = select.poll()
        self._poller.register(self._file, select.POLLIN)
        self.read = self._file.read
        self.readinto = self._file.readinto
        self.readline = self._file.readline
        self.write = self._write_in_world if _world else self._file.write

    def _become(self, sensor) -> None:
        self.any = sensor.any
        self.read = sensor.read
        self.readinto = sensor.readinto
        self.write = sensor.write
        self.ioctl = sensor.ioctl
        self.ready_in_us = sensor.ready_in_us

    def _write_in_world(self, data, *limits):
        taken = self._file.write(data, *limits)
        if taken:
            _world.bytes_left()
        return taken

    def init(self, baudrate: int = 115200, **settings) -> None:
        """Accept settings that change nothing here."""

    def deinit(self) -> None:
        """Leave the stream open: the next UART object takes it over."""

    def any(self) -> int:
        """Return 1 when there is something to read; how much it is stays unknown."""
        return len(self._poller.poll(0))

    def txdone(self) -> bool:
        """Say that everything written has left."""
        return True

    def flush(self) -> None:
        """Return at once: what was written is with the cable already."""

    def ioctl(self, operation: int, argument: int) -> int:
        """Tell select.poll which descriptor to wait on."""
        return self._descriptor if operation == _GET_FILENO else -_EINVAL
