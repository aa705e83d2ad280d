"""Chips of both kinds on one ether, and the few lines of a driver that their tests need."""

from tools.rig.air.antenna import Antenna
from tools.rig.air.ether import Ether
from tools.rig.air.timeline import Timeline
from tools.rig.chips.part import Part
from tools.rig.chips.sx1262 import Sx1262
from tools.rig.chips.sx1276 import Sx1276

CHANNEL_HZ = 868_100_000
SYMBOL_US = 1024  # SF7 at 125 kHz
PREAMBLE_US = 12_544  # 8 + 4.25 of them


class Air:
    """A timeline and an ether; antennas stand in a row, 100 m apart."""

    def __init__(self):
        self.timeline = Timeline()
        self.ether = Ether(self.timeline, seed=1)

    def antenna(self) -> Antenna:
        number = len(self.ether.antennas)
        return self.ether.antenna(f"antenna {number}", (100.0 * number, 0.0))

    @property
    def now_us(self):
        return self.timeline.now_us

    def wait(self, delay_us):
        self.timeline.run_until(self.timeline.now_us + delay_us)


class Pins:
    """What the host sees of a chip's outputs: each change, with its time."""

    def __init__(self, air):
        self._air = air
        self.edges: list[tuple[int, str, int]] = []

    def drive(self, pin, level):
        self.edges.append((self._air.now_us, pin, level))

    def rises(self, pin):
        return [when_us for when_us, name, level in self.edges if name == pin and level]


def transfer(chip: Part, data) -> bytes:
    """Select, exchange, deselect."""
    chip.select(0)
    answer = chip.exchange(bytes(data))
    chip.select(1)
    return answer


class Host62:
    """A driver's view of an SX1262: `command` waits for BUSY before and after."""

    def __init__(self, air, **fitted):
        self.air = air
        self.pins = Pins(air)
        self.chip = Sx1262(air.timeline, air.antenna(), self.pins.drive, **fitted)
        self.chip.power(True)
        self.ready()

    def ready(self):
        """Wait until BUSY is low, and return how long that took."""
        start_us = self.air.now_us
        while self.chip.level("busy"):
            assert self.air.now_us - start_us < 1_000_000, "BUSY for a second"
            self.air.wait(1)
        return self.air.now_us - start_us

    def command(self, *data):
        """Return how long BUSY was high after it."""
        self.ready()
        transfer(self.chip, data)
        return self.ready()

    def ask(self, opcode, length, *address):
        """Return the answer of a command that reads, without its status byte."""
        self.ready()
        return transfer(self.chip, [opcode, *address, *bytes(1 + length)])[2 + len(address) :]

    @property
    def mode(self):
        return self._status() >> 4 & 7

    @property
    def status(self):
        return self._status() >> 1 & 7

    def _status(self):
        self.ready()
        return transfer(self.chip, [0xC0, 0])[1]

    @property
    def irq(self):
        return int.from_bytes(self.ask(0x12, 2), "big")

    @property
    def errors(self):
        return int.from_bytes(self.ask(0x17, 2), "big")

    def register(self, address):
        return self.ask(0x1D, 1, address >> 8, address & 0xFF)[0]

    def write_register(self, address, *values):
        self.command(0x0D, address >> 8, address & 0xFF, *values)

    def tune(self, sf=7, bandwidth=4, frequency_hz=CHANNEL_HZ, power_dbm=14, length=255, iq=0):
        """Set it up for LoRa, all interrupts on DIO1."""
        self.command(0x80, 0)
        self.command(0x8A, 1)
        self.command(0x86, *((frequency_hz << 25) // 32_000_000).to_bytes(4, "big"))
        self.command(0x95, 4, 7, 0, 1)
        self.command(0x8E, power_dbm & 0xFF, 0)
        self.command(0x8B, sf, bandwidth, 1, 0)
        self.packet(length, iq=iq)
        self.command(0x08, 0x03, 0xFF, 0x03, 0xFF, 0, 0, 0, 0)

    def packet(self, length, implicit=0, crc=1, iq=0):
        self.command(0x8C, 0, 8, implicit, length, crc, iq)

    def send(self, frame, implicit=0, iq=0):
        """Start to send."""
        self.packet(len(frame), implicit, iq=iq)
        self.command(0x0E, 0, *frame)
        self.command(0x83, 0, 0, 0)

    def receive(self, timeout=0xFFFFFF):
        self.command(0x82, *timeout.to_bytes(3, "big"))

    def frame(self):
        """Return the bytes received last."""
        length, start = self.ask(0x13, 2)
        return self.ask(0x1E, length, start)


class Host76:
    """A driver's view of an SX1276."""

    def __init__(self, air, **fitted):
        self.air = air
        self.pins = Pins(air)
        self.chip = Sx1276(air.timeline, air.antenna(), self.pins.drive, **fitted)
        self.chip.power(True)
        air.wait(10_000)

    def read(self, address, length=1):
        answer = transfer(self.chip, [address, *bytes(length)])[1:]
        return answer[0] if length == 1 else answer

    def write(self, address, *values):
        transfer(self.chip, [0x80 | address, *values])

    @property
    def mode(self):
        return self.read(0x01) & 7

    @property
    def irq(self):
        return self.read(0x12)

    def go(self, mode):
        """Write RegOpMode for LoRa, high frequencies."""
        self.write(0x01, 0x80 | mode)

    def tune(self, sf=7, frequency_hz=CHANNEL_HZ, iq=False):
        """Set it up for LoRa with explicit header and CRC, 14 dBm at PA_BOOST."""
        self.go(0)
        self.go(1)
        self.air.wait(1000)
        self.write(0x06, *((frequency_hz << 19) // 32_000_000).to_bytes(3, "big"))
        self.write(0x1D, 0x72, sf << 4 | 4)
        self.write(0x09, 0x8C)
        self.write(0x33, 0x66 if iq else 0x27)

    def send(self, frame):
        """Start to send."""
        self.write(0x0E, 0)
        self.write(0x0D, 0)
        self.write(0x00, *frame)
        self.write(0x22, len(frame))
        self.go(3)

    def frame(self):
        """Return the bytes received last."""
        self.write(0x0D, self.read(0x10))
        return self.read(0x00, self.read(0x13)) if self.read(0x13) > 1 else b""
