"""What the ultrasonic sensors have in common: several shots, the newest of them.

Place: ports -> Shots -> drivers of chips -> WaterLevel, Parking.
Guarantee: a shot is younger than the call, and the call ends within three seconds.
"""

import asyncio

from node.drivers.uart_driver import UartDriver
from protocol._compat import const

_SHOTS = const(5)
_POLL_S = 0.05
_POLLS = const(60)
_POLLS_A_SHOT = const(6)


class Shots(UartDriver):
    """`_parse` gives metres, 0 where no echo came back."""

    lead_s = 1

    async def distance_m(self, seconds: int) -> tuple:
        """Return five distances in metres, None where the echo was lost."""
        self._forget()
        await asyncio.sleep(_POLL_S)
        self._forget()  # again: behind the buffer that was full an ESP32 has a second one
        shots = []
        for poll in range(_POLLS):
            if poll % _POLLS_A_SHOT == 0:
                self._trigger()
            await asyncio.sleep(_POLL_S)
            shots += self._listen()
            if len(shots) >= _SHOTS:
                break
        if not shots:
            raise self._failure()
        return tuple([shot or None for shot in shots[-_SHOTS:]])

    def _trigger(self) -> None:
        """Ask for a shot, where the sensor wants to be asked."""
