"""An SX126x as a driver's test needs it: it notes the commands, and answers what the test says.

Does not model: modes, time, modulation, what an error of the driver would do; any command ends at
once. The register-level model with all that is tools/rig/chips.
"""

from tests.fakes.radio_pins import FakePin, FakeSpi

SET_TX, SET_RX, SET_CAD, CALIBRATE = 0x83, 0x82, 0xC5, 0x89
TX_DONE, RX_DONE, PREAMBLE, HEADER_VALID, HEADER_ERR, CRC_ERR = 1, 2, 4, 0x10, 0x20, 0x40
CAD_DONE, CAD_DETECTED, TIMEOUT = 0x80, 0x100, 0x200
ENDS = TX_DONE | RX_DONE | HEADER_ERR | CAD_DONE | TIMEOUT


class BusyPin(FakePin):
    """`reads`: so many looks find it high, then it falls."""

    reads = 0

    def value(self, level=None):
        if self.reads:
            self.reads -= 1
            return 1
        return super().value(level)


class FakeSx126x:
    """`commands`: what came, one `bytes` for each fall of CS. `reaction[opcode]`: its events."""

    def __init__(self):
        self.commands = []
        self.registers = {0x0736: 0x0D, 0x0889: 0x01, 0x08D8: 0x08, 0x076B: 0x10}
        self.reaction = {SET_TX: TX_DONE, SET_CAD: CAD_DONE}
        self.answers = {0x17: b"\0\0", 0x14: b"\0\0\0", 0x15: b"\0"}
        self.events = 0
        self.status = 0x22  # standby on the RC oscillator
        self.memory = bytearray(256)
        self.frame = (0, 0)  # length and place
        self.received = 0
        self.miso = None  # what a broken line reads
        self.line = True  # False: DIO1 is not connected
        self.calibrates = True
        self.wakes = True
        self.cs = FakePin(1, self._select)
        self.reset = FakePin(1, self._restart)
        self.busy = BusyPin()
        self.dio1 = FakePin()
        self.spi = FakeSpi(self._exchange)
        self._bytes = bytearray()

    def pins(self):
        """Return what the driver's constructor takes first."""
        return self.spi, self.cs, self.reset, self.busy, self.dio1

    def sent(self, opcode):
        """Return all commands of this opcode."""
        return [command for command in self.commands if command[0] == opcode]

    def raise_events(self, events):
        """Let something happen."""
        self.events |= events
        if self.line and self.events & ENDS:
            self.dio1.drive(1)

    def hear(self, data, events=RX_DONE | HEADER_VALID | PREAMBLE, at=0, packet=b"\x50\x20\x50"):
        """Let a frame come."""
        for i, byte in enumerate(data):
            self.memory[(at + i) % 256] = byte
        self.frame = (len(data), at)
        self.received += 1
        self.answers[0x14] = packet
        self.raise_events(events)

    def _restart(self, level):
        if not level:
            self.events = 0
            self.status = 0x22

    def _select(self, level):
        if not level:
            self._bytes = bytearray()
        elif self._bytes:
            self._finish(bytes(self._bytes))

    def _exchange(self, data):
        assert self.cs.level == 0
        assert not self.busy.level or data == b"\xc0\x00"  # that wakes it
        first = len(self._bytes)
        self._bytes += data
        if self.miso is not None:
            return bytes([self.miso]) * len(data)
        answer = self._answer()
        return (answer + bytes(first + len(data)))[first : first + len(data)]

    def _answer(self):
        opcode = self._bytes[0]
        head = bytes([0, self.status])
        if opcode == 0x12:
            return head + self.events.to_bytes(2, "big")
        if opcode == 0x13:
            return head + bytes(self.frame)
        if opcode == 0x10:
            return head + self.received.to_bytes(2, "big")
        if opcode == 0x1D and len(self._bytes) > 2:
            return bytes(4) + bytes([self.registers.get(self._bytes[1] << 8 | self._bytes[2], 0)])
        if opcode == 0x1E and len(self._bytes) > 2:
            return bytes(3) + bytes(self.memory[(self._bytes[1] + i) % 256] for i in range(256))
        return head + self.answers.get(opcode, b"")

    def _finish(self, command):
        self.commands.append(command)
        opcode = command[0]
        if opcode == 0x0D:
            for i, value in enumerate(command[3:]):
                self.registers[(command[1] << 8 | command[2]) + i] = value
        elif opcode == 0x02:
            self.events &= ~int.from_bytes(command[1:], "big")
            if not self.events & ENDS:
                self.dio1.drive(0)
        elif opcode == CALIBRATE and self.calibrates:
            self.busy.reads = 3
        elif opcode == 0x84:
            self.busy.level = 1  # asleep
        elif opcode == 0xC0 and self.wakes:
            self.busy.level = 0
        elif opcode == SET_RX:
            self.status = 0x52
        elif opcode in (0x80, SET_TX, SET_CAD):
            self.status = 0x22
        self.raise_events(self.reaction.get(opcode, 0))
