"""A Nova Fitness SDS011 on a UART, at the level of its bytes.

Place: bus -> Sds011 -> world: "pm25", "pm10" (ug/m3).
Guarantee: as part.py. Sections: Laser Dust Sensor Control Protocol, V1.3 of 2015-07-20.

While it sleeps it hears only the command to work; so say those who tried, the protocol does not.
What the air in the dark chamber reads before the fan has changed it is not documented either: here
the values rise to the true ones within the first half minute.
Does not model: working periods (3.5), other identities (3.3), noise of the values.
"""

from tools.rig.parts.part import World
from tools.rig.parts.stream import Stream

ID = b"\xa1\x60"
SETTLE_S = 30.0
_FIRMWARE = b"\x0f\x07\x0a"  # 3.6: year, month, day


def command(number: int, action: int, value: int) -> bytes:
    """Return a command of 19 bytes to all sensors, as the examples of 3 show it."""
    data = bytes((number, action, value, *bytes(10), 0xFF, 0xFF))
    return b"\xaa\xb4" + data + bytes((sum(data) % 256,)) + b"\xab"


def frame(kind: int, data: bytes) -> bytes:
    """Return what it sends, 10 bytes: `kind` is 0xC0 for values, 0xC5 for answers."""
    data += ID
    return bytes((0xAA, kind)) + data + bytes((sum(data) % 256,)) + b"\xab"


class Sds011(Stream):
    """`reports` is the factory's mode, kept without supply (3.1); `is_working`: the fan runs."""

    def __init__(self, world: World, reports: bool = True):
        super().__init__(world)
        self.reports = reports
        self.is_working = True
        self.mode_writes = 0
        self._heard = b""

    def power(self, on: bool, now_us: int) -> None:
        """Take or lose the supply: it comes up at work."""
        super().power(on, now_us)
        self.is_working = True
        self._heard = b""

    def write(self, data: bytes, now_us: int) -> None:
        """Take bytes; whole commands are obeyed."""
        self._answers = self._pending(now_us)
        self._heard += data
        while len(self._heard) >= 19:
            begin = self._heard[:19]
            if begin == command(*begin[2:5]):
                self._heard = self._heard[19:]
                self._obey(begin[2], begin[3], begin[4], now_us)
            else:
                self._heard = self._heard[1:]

    def _pending(self, now_us: int) -> bytes:
        """Return what was sent before a command came."""
        data, self._answers = self._answers, b""
        for at_us in self._due(now_us):
            data += self._message(at_us / 1e6)
        return data

    def _obey(self, number: int, action: int, value: int, now_us: int) -> None:
        if not self.is_working:
            if (number, action, value) == (6, 1, 1):
                self._begin(now_us)
                self.is_working = True
                self._answers = frame(0xC5, bytes((6, 1, 1, 0)))
            return
        if number == 2:
            if action:
                self.reports = value == 0
                self.mode_writes += 1
            self._answers += frame(0xC5, bytes((2, action, not self.reports, 0)))
        elif number == 4:
            self._answers += self._values(now_us / 1e6)
        elif number == 6:
            self._answers += frame(0xC5, bytes((6, action, value, 0)))
            self.is_working = not action or value == 1
        elif number == 7:
            self._answers += frame(0xC5, bytes((7, *_FIRMWARE)))

    def _message(self, seconds: float) -> bytes:
        return self._values(seconds) if self.is_working and self.reports else b""

    def _values(self, seconds: float) -> bytes:
        world = self.world(seconds)
        settled = min((seconds - self._begin_us / 1e6) / SETTLE_S, 1.0)
        data = b""
        for name in ("pm25", "pm10"):
            tenths = min(max(round(world[name] * settled * 10), 0), 9999)
            data += tenths.to_bytes(2, "little")
        values = frame(0xC0, data)
        if self.faults.stuck and self._last:
            return self._last
        self._last = values
        return values
