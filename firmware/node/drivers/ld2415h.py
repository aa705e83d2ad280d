"""Vehicles and their speeds by a Hi-Link HLK-LD2415H, a 24 GHz Doppler radar on a UART.

Place: ports -> Ld2415h -> TrafficCounter, DirectionCounter.
Guarantee: of a vehicle there are two numbers while it is in the beam, and nothing when it has left.

The maker's manual was not at hand. That a reading is the line `V+012.3` in km/h, `+` towards the
radar, and what the commands and answers are, is taken from two open drivers that agree.

Readings of one direction with less than a second between them are one vehicle; both directions are
followed at the same time. Its speed is the second highest of its readings: the angle to the road
only ever makes a reading too low, so the highest is nearest to the truth, but alone it may be a
spike. What was seen once only is none. Vehicles that follow within a second are one.
"""

import asyncio

from node.drivers.uart_driver import UartDriver
from node.sensors.speeds import SpeedClasses
from protocol._compat import const

_MODE = b"CF\x02\x00\x01\x00\r\n"  # both directions, 11 readings a second, km/h
_ASK = b"CF\x07" + bytes(10)  # for its settings
_POLL_S = 0.1
_GAP_POLLS = const(10)
_LENGTH = const(7)
_FASTEST_KMH = const(250)


class Ld2415h(UartDriver):
    """`run` has to run all the time. What is slower than `slowest_kmh` is on foot, or rain."""

    draw_ma = 100  # as sellers say; not checked

    def __init__(self, ports, uart: int = 2, slowest_kmh: int = 8):
        super().__init__(ports, uart)
        self._slowest_kmh = slowest_kmh
        self._classes = SpeedClasses()
        # Of each direction: highest reading, second highest, polls since the last one.
        self._towards = [0, 0, 0]
        self._away = [0, 0, 0]
        self._is_alive = False

    async def run(self) -> None:
        """Listen for ever."""
        self._uart.write(_MODE)
        while True:
            await asyncio.sleep(_POLL_S)
            for speed_kmh in self._listen():
                self._is_alive = True
                self._see(speed_kmh)
            self._close(self._towards, 1)
            self._close(self._away, -1)

    async def counts(self, seconds: int, interval_s: int) -> list:
        """Return the twelve counts since the last call; OSError where the radar does not live.

        It is silent while nothing moves: then it is asked for something.
        """
        if not self._is_alive:
            self._is_noisy = False
            self._uart.write(_ASK)
            for _ in range(10):
                await asyncio.sleep(_POLL_S)
                if self._is_alive:
                    break
            else:
                raise self._failure()
        self._is_alive = False
        return self._classes.take()

    def _see(self, speed_kmh) -> None:
        speed = abs(speed_kmh)
        if not self._slowest_kmh <= speed <= _FASTEST_KMH:
            return
        vehicle = self._towards if speed_kmh > 0 else self._away
        if speed > vehicle[0]:
            vehicle[1] = vehicle[0]
            vehicle[0] = speed
        elif speed > vehicle[1]:
            vehicle[1] = speed
        vehicle[2] = 0

    def _close(self, vehicle: list, sign: int) -> None:
        """Count the vehicle that was not seen for a second."""
        vehicle[2] += 1
        if vehicle[2] > _GAP_POLLS and vehicle[0]:
            if vehicle[1]:
                self._classes.add(sign * vehicle[1])
            vehicle[0] = vehicle[1] = 0

    def _parse(self, heard: bytes) -> tuple:
        """Take a line: a speed, or 0 for another answer of the radar."""
        end = heard.find(b"\n")
        if end < 0:
            return None, 0
        answer = heard[:end].strip()
        line = answer[-_LENGTH:]
        digits = line[2:5] + line[6:]
        is_speed = line[:2] in (b"V+", b"V-") and line[5:6] == b"."
        if is_speed and len(digits) == 4 and digits.isdigit():
            speed_kmh = int(digits) / 10
            return speed_kmh if line[1:2] == b"+" else -speed_kmh, end + 1
        if answer[:3] in (b"X1:", b"No."):
            return 0, end + 1
        self.damaged += 1
        return None, end + 1
