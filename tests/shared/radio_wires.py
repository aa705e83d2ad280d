"""Pins and SPI of a radio for tests that count bytes of heap: nothing here allocates at work.

Does not model: a chip. Each start is over at once, and frames are there when `events` says so.
"""


class Line:
    """A pin; `fire` is its interrupt."""

    IRQ_RISING = 1

    def __init__(self):
        self.level = 0
        self._handler = None

    def value(self, level=None):
        """Get or set the level."""
        if level is None:
            return self.level
        self.level = level
        return None

    def irq(self, handler, trigger):
        """Remember who wants to know."""
        self._handler = handler

    def fire(self):
        """Interrupt, if anybody listens."""
        if self._handler:
            self._handler(self)


class Busy(Line):
    """High for one look after each calibration."""

    def value(self, level=None):
        """Return the level, once."""
        level = self.level
        self.level = 0
        return level


class Wire126x:
    """The SPI of an SX126x that has done what it was told when the command is over."""

    def __init__(self):
        self.busy = Busy()
        self.dio1 = Line()
        self.events = 0
        self.frames = 0
        self._high = self._low = 0

    def hear(self):
        """Let a frame of 20 bytes be there."""
        self.events = 0x12
        self.frames += 1
        self.dio1.fire()

    def write(self, data):
        """Take a command."""
        opcode = data[0]
        if opcode == 0x83 or opcode == 0xC5:
            self.events = 0x01 if opcode == 0x83 else 0x80
            self.dio1.fire()
        elif opcode == 0x02:
            self.events = 0
        elif opcode == 0x89:
            self.busy.level = 1
        elif opcode == 0x0D and data[1] == 0x07:
            if data[2] == 0x40:
                self._high = data[3]
            elif data[2] == 0x41:
                self._low = data[3]

    def write_readinto(self, data, buffer):
        """Answer a command in place."""
        opcode = buffer[0]
        if opcode == 0x1D:
            is_high = buffer[1] == 0x07 and buffer[2] == 0x40
            is_low = buffer[1] == 0x07 and buffer[2] == 0x41
            buffer[4] = self._high if is_high else self._low if is_low else 0x10
            return
        buffer[1] = 0x22
        if opcode == 0x12:
            buffer[2] = self.events >> 8
            buffer[3] = self.events & 0xFF
        elif opcode == 0x10:
            buffer[2] = self.frames >> 8
            buffer[3] = self.frames & 0xFF
        elif opcode == 0x13:
            buffer[2] = 20
        elif opcode == 0x14:
            buffer[3] = 0xE0
            buffer[4] = 0xC0

    def readinto(self, buffer):
        """Give the data buffer."""
        for i in range(len(buffer)):
            buffer[i] = i


class Wire127x:
    """The SPI of an SX127x, likewise."""

    def __init__(self):
        self.dio0 = Line()
        self.registers = bytearray(128)
        self.registers[0x1C] = 0x40
        self.registers[0x42] = 0x12

    def hear(self):
        """Let a frame of 20 bytes be there."""
        self.registers[0x12] = 0x50
        self.registers[0x13] = 20
        self.registers[0x17] = (self.registers[0x17] + 1) & 0xFF
        self.registers[0x19] = 0xE0
        self.dio0.fire()

    def write(self, data):
        """Take a register, or what belongs to the FIFO."""
        if data[0] < 0x81 or len(data) != 2:
            return
        register = data[0] & 0x7F
        if register == 0x12:
            self.registers[0x12] = 0
            return
        self.registers[register] = data[1]
        if register == 0x01 and data[1] in (0x83, 0x87):
            self.registers[0x12] = 0x08 if data[1] == 0x83 else 0x04
            self.dio0.fire()

    def write_readinto(self, data, buffer):
        """Give a register."""
        buffer[1] = self.registers[buffer[0] & 0x7F]

    def readinto(self, buffer):
        """Give the FIFO."""
        for i in range(len(buffer)):
            buffer[i] = i
