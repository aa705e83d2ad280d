"""Fine dust by a Nova Fitness SDS011 on a UART: a laser, and a fan that only runs when it has to.

Place: ports -> Sds011 -> Particles.
Guarantee: `read` ends within two seconds. Sections: Laser Dust Sensor Control Protocol, V1.3.

The sensor keeps its reporting mode without supply (3.1), in a memory that wears: it is set only
where the sensor talks unasked, which is how it comes from the factory. While it sleeps it hears
nothing but the command to work.
"""

import asyncio

from node.drivers.uart_driver import UartDriver
from protocol._compat import const

_HEAD = const(0xAA)
_TAIL = const(0xAB)
_VALUES = const(0xC0)
_REPLY = const(0xC5)
_LENGTH = const(10)
_POLL_S = 0.05
_POLLS = const(12)  # an answer takes 10 ms on the wire
_QUESTIONS = const(3)


def _command(number: int, action: int, value: int) -> bytes:
    """Return a command to all devices (1): head, 15 bytes, their sum, tail."""
    data = bytes((number, action, value)) + bytes(10) + b"\xff\xff"
    return bytes((_HEAD, 0xB4)) + data + bytes((sum(data) & 0xFF, _TAIL))


class Sds011(UartDriver):
    """The fan and the laser need half a minute before a reading is worth anything."""

    lead_s = 30
    draw_ma = 70  # SDS011 specification, V1.3
    rest_s = 0.1  # the command to sleep is on the wire

    def __init__(self, ports, uart: int = 2):
        super().__init__(ports, uart)

    def start(self) -> None:
        """Let fan and laser run (3.4)."""
        self._uart.write(_command(6, 1, 1))

    def stop(self) -> None:
        """Let it sleep (3.4)."""
        self._uart.write(_command(6, 1, 0))

    async def read(self, seconds: int) -> tuple:
        """Return (PM2.5, PM10) in ug/m3."""
        if any(self._listen()):
            self._uart.write(_command(2, 1, 1))  # to answer questions only (3.1)
            await asyncio.sleep(_POLL_S)
        for _ in range(_QUESTIONS):
            self._forget()
            self._uart.write(_command(4, 0, 0))  # 3.2
            for _ in range(_POLLS):
                await asyncio.sleep(_POLL_S)
                for values in self._listen():
                    if values:
                        return values
        raise self._failure()

    def _parse(self, heard: bytes) -> tuple:
        """Take a frame of values; the answer to another command is an empty tuple."""
        start = heard.find(b"\xaa")
        if start:
            return None, len(heard) if start < 0 else start
        if len(heard) > 1 and heard[1] not in (_VALUES, _REPLY):
            return None, 1
        if len(heard) < _LENGTH:
            return None, 0
        if heard[9] != _TAIL or sum(heard[2:8]) & 0xFF != heard[8]:
            self.damaged += 1
            return None, 1
        if heard[1] == _REPLY:
            return (), _LENGTH
        fine, coarse = heard[2] | heard[3] << 8, heard[4] | heard[5] << 8
        return (fine / 10, coarse / 10), _LENGTH
