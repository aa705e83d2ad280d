"""MicroPython's buses with virtual sensors on them, in virtual time, for tests of drivers.

    timeline = Timeline()
    ports = FakePorts(timeline, i2c=[Bme280(world)])
    run(timeline, Climate(Bme280Driver(ports)).measure(0, 900))      # virtual_time.run

Place: driver -> FakePorts, as node.ports.Ports -> parts of tools.rig.parts.
Does not model: the speed of a bus, and pins: see tools/rig/device for the boards' own.
"""

import asyncio

from tools.rig.parts.part import NACK, TIMEOUT


class FakePorts:
    """`timeline` tells the time; the rest are parts: lists, by UART number, by name."""

    def __init__(self, timeline, i2c=(), uart=None, onewire=None, pulses=(), i2s=None, volts=None):
        self.timeline = timeline
        self._i2c = FakeI2c(timeline, list(i2c))
        self._uart = uart or {}
        self.wire = onewire
        self._pulses = pulses
        self._i2s = i2s
        self._volts = volts or {}
        self.is_supplied = False

    def i2c(self):
        """Return the bus."""
        return self._i2c

    def uart(self, number, baud):
        """Return a UART."""
        return FakeUart(self.timeline, self._uart[number], baud)

    def onewire(self):
        """Return what stands for the pin."""
        return self.wire

    def pulses(self, number):
        """Return a pin."""
        return FakePulsePin(self.timeline, self._pulses[number])

    def i2s(self, rate_hz, buffer_bytes):
        """Return a microphone's I2S."""
        return FakeI2s(self.timeline, self._i2s, rate_hz)

    def millivolts(self, name):
        """Return a function that measures."""
        return lambda: self._volts[name].microvolts(self.timeline.now_us) // 1000

    def supply(self, on):
        """Take note of the supply."""
        self.is_supplied = on


class FakeI2c:
    """`machine.I2C`."""

    def __init__(self, timeline, parts):
        self._timeline = timeline
        self._parts = parts

    def _part(self, address):
        if any(part.faults.hang for part in self._parts):
            raise OSError(*TIMEOUT.args)
        for part in self._parts:
            if part.address == address and part.is_powered and not part.faults.missing:
                return part
        raise OSError(*NACK.args)

    def writeto(self, address, data, stop=True):
        """Write; return the number of bytes."""
        self._part(address).write(bytes(data), self._timeline.now_us)
        return len(data)

    def readfrom(self, address, count, stop=True):
        """Read."""
        return self._part(address).read(count, self._timeline.now_us)

    def readfrom_into(self, address, buffer, stop=True):
        """Read into a buffer."""
        buffer[:] = self.readfrom(address, len(buffer))

    def writeto_mem(self, address, register, data, addrsize=8):
        """Write to a register."""
        self.writeto(address, bytes([register]) + bytes(data))

    def readfrom_mem(self, address, register, count, addrsize=8):
        """Read from a register."""
        self.writeto(address, bytes([register]))
        return self.readfrom(address, count)

    def readfrom_mem_into(self, address, register, buffer, addrsize=8):
        """Read from a register into a buffer."""
        buffer[:] = self.readfrom_mem(address, register, len(buffer))

    def scan(self):
        """Return all addresses that answer."""
        return [part.address for part in self._parts if not part.faults.missing]


class FakeUart:
    """`machine.UART`: never blocks, and keeps what came first: see tools/rig/parts/receiver.py."""

    def __init__(self, timeline, part, baud):
        self._timeline = timeline
        self._part = part
        self._waiting = b""
        self.baud = baud

    def any(self):
        """Return how many bytes wait."""
        if self._part.is_powered and not self._part.faults.missing:
            self._waiting = (self._waiting + self._part.read(self._timeline.now_us))[:256]
        return len(self._waiting)

    def read(self, count=None):
        """Return what waits, or None."""
        self.any()
        count = len(self._waiting) if count is None else count
        data, self._waiting = self._waiting[:count], self._waiting[count:]
        return data or None

    def readinto(self, buffer, count=None):
        """Fill a buffer with what waits; None for nothing."""
        data = self.read(len(buffer) if count is None else count)
        if data is None:
            return None
        buffer[: len(data)] = data
        return len(data)

    def write(self, data):
        """Send."""
        if self._part.is_powered and not self._part.faults.missing:
            self._part.write(bytes(data), self._timeline.now_us)
        return len(data)


class FakePulsePin:
    """An input whose handler is called as soon as somebody looks at its level."""

    IRQ_FALLING = 2

    def __init__(self, timeline, part):
        self._timeline = timeline
        self._part = part
        self._handler = None

    def irq(self, handler=None, trigger=2):
        """Set the handler."""
        self._handler = handler

    def value(self):
        """Return the level; the edges since the last look are handled first."""
        for _ in range(self._part.edges(self._timeline.now_us)):
            if self._handler:
                self._handler(self)
        return 1


class FakeI2s:
    """`machine.I2S`, read as `asyncio.StreamReader` reads it on the device: see FakeSound."""

    def __init__(self, timeline, part, rate_hz):
        self.timeline = timeline
        self._part = part
        self._rate_hz = rate_hz
        self._end_us = timeline.now_us
        self.is_open = True

    def due_us(self, count):
        """Return when the next `count` frames have been heard."""
        return self._end_us + 1_000_000 * count // self._rate_hz

    def readinto(self, buffer):
        """Fill a buffer with frames that are due."""
        count = len(buffer) // 4
        self._end_us = self.due_us(count)
        buffer[:] = self._part.frames(count, self._rate_hz, self._end_us)
        return len(buffer)

    def deinit(self):
        """Give the bus back."""
        self.is_open = False


class FakeSound:
    """`asyncio.StreamReader` of MicroPython on an I2S: at most a DMA buffer at a time.

    Does not model: frames that are lost where nobody reads for long.
    """

    DMA_FRAMES = 256

    def __init__(self, i2s):
        self._i2s = i2s

    async def readinto(self, buffer):
        """Wait for sound; return the number of bytes."""
        count = min(len(buffer) // 4, self.DMA_FRAMES)
        wait_us = self._i2s.due_us(count) - self._i2s.timeline.now_us
        await asyncio.sleep(max(wait_us, 0) / 1e6)
        return self._i2s.readinto(buffer[: 4 * count])
