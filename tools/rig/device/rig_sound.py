"""`machine.I2S` with a microphone: samples come as time goes by, read or not.

Place: firmware, asyncio.StreamReader -> I2S -> rig_parts -> the microphone.
Guarantee: as the ESP32 port (ports/esp32/machine_i2s.c): `readinto` waits until the buffer is full;
once select.poll has asked for this object, it takes what is there. Samples wait in `ibuf` bytes of
no heap; when that is full the oldest are lost.

Not modelled: sending, 16 bits, stereo, `irq`. Without a microphone all samples are 0.
"""

import io
import time

from rig_parts import ask, now_us

_FRAME = 4  # bytes
_DMA_FRAMES = 256  # of one DMA buffer: a poll finds nothing before it is full
_POLL = 3
_POLL_IN = 1
_EINVAL = 22
_EPERM = 1


class I2S(io.IOBase):
    """`id` is 0 or 1; the other arguments as on the device."""

    RX = 1
    TX = 2
    MONO = 0
    STEREO = 1

    def __init__(self, id: int, *, sck, ws, sd, mode: int, bits: int, format: int, rate, ibuf):
        if not 0 <= id <= 1:
            raise ValueError("invalid id")
        if mode != self.RX or bits != 32 or format != self.MONO:
            raise ValueError("the rig's microphone sends 32 bits, mono")
        self._rate = rate
        self._rate_bytes = rate.to_bytes(4, "big")
        self._room = ibuf // _FRAME
        self._polled = False
        self._begin_us = now_us()
        self._taken = 0  # frames since then, lost ones too

    def deinit(self) -> None:
        """Give the bus back."""

    def readinto(self, buffer) -> int:
        """Fill a buffer; return the number of bytes, which is less where somebody polls."""
        count = len(buffer) // _FRAME
        if len(buffer) % _FRAME:
            raise OSError(_EINVAL)
        waiting = self._waiting()
        if self._polled:
            count = min(count, waiting)
        elif count > waiting:
            time.sleep_us(self._due_us(count) - now_us())
        self._taken += count
        return ask("S", 0, count, self._rate_bytes, buffer) if count else 0

    def ioctl(self, operation: int, argument: int) -> int:
        """Tell select.poll whether a DMA buffer is full."""
        if operation != _POLL:
            return -_EINVAL
        self._polled = True
        return _POLL_IN & argument if self._waiting() >= _DMA_FRAMES else 0

    def ready_in_us(self) -> int:
        """Tell a world's select.poll when to look again."""
        return max(self._due_us(_DMA_FRAMES) - now_us(), 1)

    def _due_us(self, count: int) -> int:
        """Return when `count` frames will wait."""
        span_us = (1000000 * (self._taken + count) + self._rate - 1) // self._rate
        return self._begin_us + span_us

    def _waiting(self) -> int:
        """Return how many frames wait; the oldest give way to what found no room."""
        waiting = (now_us() - self._begin_us) * self._rate // 1000000 - self._taken
        if waiting > self._room:
            self._taken += waiting - self._room
            waiting = self._room
        return waiting
