"""An SX127x as a driver's test needs it: registers that hold what is written, a FIFO, two lines.

Does not model: modes, time, modulation, the registers of FSK, what a wrong order of accesses would
do. The register-level model with all that is tools/rig/chips.
"""

from tests.fakes.radio_pins import FakePin, FakeSpi

RX_TIMEOUT, RX_DONE, CRC_ERROR, HEADER_VALID = 0x80, 0x40, 0x20, 0x10
TX_DONE, CAD_DONE, CAD_DETECTED = 0x08, 0x04, 0x01
SEND, RECEIVE, RECEIVE_SINGLE, DETECT = 0x83, 0x85, 0x86, 0x87


class FakeSx127x:
    """`writes`: (register, value); `frames`: what the FIFO got; `reaction[mode]`: its events."""

    def __init__(self):
        self.writes = []
        self.frames = []
        self.registers = bytearray(128)
        self.registers[0x01] = 0x09
        self.registers[0x1C] = 0x40  # the header said that there is a CRC
        self.registers[0x42] = 0x12
        self.reaction = {SEND: TX_DONE, DETECT: CAD_DONE}
        self.fifo = bytearray(256)
        self.miso = None
        self.line = True
        self.cs = FakePin(1, self._select)
        self.reset = FakePin(1)
        self.dio0 = FakePin()
        self.dio1 = FakePin()
        self.spi = FakeSpi(self._exchange)
        self._bytes = bytearray()

    def pins(self):
        """Return what the driver's constructor takes first."""
        return self.spi, self.cs, self.reset, self.dio0

    def raise_events(self, events):
        """Let something happen."""
        self.registers[0x12] |= events
        mapped = (RX_DONE, TX_DONE, CAD_DONE)[self.registers[0x40] >> 6]
        if self.line and self.registers[0x12] & mapped:
            self.dio0.drive(1)
        if self.line and self.registers[0x12] & RX_TIMEOUT:
            self.dio1.drive(1)

    def hear(self, data, events=RX_DONE | HEADER_VALID, at=0, snr=32, rssi=100):
        """Let a frame come."""
        for i, byte in enumerate(data):
            self.fifo[(at + i) % 256] = byte
        self.registers[0x13] = len(data)
        self.registers[0x10] = at
        self.registers[0x17] += 1
        self.registers[0x19] = snr & 0xFF
        self.registers[0x1A] = rssi
        self.raise_events(events)

    def last(self, register):
        """Return what was written to a register last."""
        return [value for r, value in self.writes if r == register][-1]

    def _select(self, level):
        if not level:
            self._bytes = bytearray()
        elif self._bytes and self._bytes[0] & 0x80:
            self._write(self._bytes[0] & 0x7F, bytes(self._bytes[1:]))

    def _exchange(self, data):
        assert self.cs.level == 0
        first = len(self._bytes)
        self._bytes += data
        if self.miso is not None:
            return bytes([self.miso]) * len(data)
        if self._bytes[0] == 0:
            start = self.registers[0x0D]
            answer = bytes([0]) + bytes(self.fifo[(start + i) % 256] for i in range(255))
        else:
            answer = bytes([0, self.registers[self._bytes[0] & 0x7F]])
        return (answer + bytes(first + len(data)))[first : first + len(data)]

    def _write(self, register, data):
        if register == 0:
            self.frames.append(data)
            return
        (value,) = data
        self.writes.append((register, value))
        if register == 0x12:
            self.registers[0x12] &= ~value & 0xFF
            self.dio0.drive(0)
            self.dio1.drive(0)
            return
        self.registers[register] = value & 0x5F if register == 0x3B and value & 0x40 else value
        if register == 0x01:
            self.raise_events(self.reaction.get(value & 0x87, 0))
