"""What `machine.UART` does where a sensor is on the wires, and no cable.

Place: machine.UART -> SensorUart -> rig_parts -> the sensor.
Guarantee: nothing blocks; a read returns what is there or None. The buffer is no memory of the
board's heap, and holds what came first: see tools/rig/parts/receiver.py.
"""

from rig_parts import ask, small

_BUFFER_BYTES = 256  # as on an ESP32 where no other size is asked for
_CHUNK = 512
_POLL = 3  # what a stream is asked by select.poll
_POLL_IN = 1
_POLL_OUT = 4
_EINVAL = 22
_LOOK_US = 10000


class SensorUart:
    """`rxbuf` is the size of the buffer."""

    def __init__(self, number: int, rxbuf: int = _BUFFER_BYTES):
        self._number = number
        ask("O", number, rxbuf or _BUFFER_BYTES)

    def any(self) -> int:
        """Return how many bytes wait."""
        ask("A", self._number, 0, b"", small)
        return small[0] << 8 | small[1]

    def read(self, count=None):
        """Return up to `count` bytes, all that wait without it, or None."""
        waiting = self.any()
        if count is not None and 0 <= count < waiting:
            waiting = count
        if not waiting:
            return None
        data = bytearray(waiting)
        ask("G", self._number, waiting, b"", data)
        return bytes(data)

    def readinto(self, buffer, count=None):
        """Fill a buffer with what waits; None for nothing."""
        room = len(buffer) if count is None else min(count, len(buffer))
        return ask("G", self._number, room, b"", buffer) or None

    def write(self, data) -> int:
        """Send; return the number of bytes."""
        for at in range(0, len(data), _CHUNK):
            ask("T", self._number, 0, data[at : at + _CHUNK])
        return len(data)

    def ioctl(self, operation: int, argument: int) -> int:
        """Tell select.poll what could be done now; there is no descriptor to wait on."""
        if operation != _POLL:
            return -_EINVAL
        readable = _POLL_IN if argument & _POLL_IN and self.any() else 0
        return readable | argument & _POLL_OUT

    def ready_in_us(self) -> int:
        """Tell a world's select.poll when to look again."""
        return _LOOK_US
