"""Pins and SPI of a radio that a test holds in its hands.

Does not model: time, and levels that need it. Bytes over SPI reach the chip at once.
"""


class FakePin:
    """A `machine.Pin`; `drive` is the other end of the wire. `levels` are those it was set to."""

    IRQ_RISING = 1

    def __init__(self, level=0, told=None):
        self.level = level
        self.levels = []
        self._told = told
        self._handler = None

    def value(self, level=None):
        if level is None:
            return self.level
        self.level = level
        self.levels.append(level)
        if self._told:
            self._told(level)
        return None

    def irq(self, handler=None, trigger=0):
        assert trigger == self.IRQ_RISING
        self._handler = handler

    def drive(self, level):
        """Set the level from outside, with an interrupt where it rises."""
        rises = level and not self.level
        self.level = level
        if rises and self._handler:
            self._handler(self)


class FakeSpi:
    """A `machine.SPI` whose bytes go to `exchange(bytes)`, which returns as many."""

    def __init__(self, exchange):
        self._exchange = exchange

    def write(self, data):
        self._exchange(bytes(data))

    def readinto(self, buffer, write=0):
        buffer[:] = self._exchange(bytes([write]) * len(buffer))

    def write_readinto(self, data, buffer):
        assert len(data) == len(buffer)
        buffer[:] = self._exchange(bytes(data))
