"""What tests of the wires to sensors share: parts that say what they are asked, and boards."""

import asyncio

from tests.for_tools.worlds import in_world
from tools.rig.parts.part import (
    NACK,
    AnalogPart,
    I2cPart,
    OneWirePart,
    PulsePart,
    SoundPart,
    UartPart,
)

ROM = bytes.fromhex("28ff641f7616037e")  # a family, six bytes of a number, and their checksum


def nothing(seconds):
    """Return a world in which there is nothing to measure."""
    return {}


class Memory(I2cPart):
    """Registers behind a pointer; `log` is (what, when) for all that reached it."""

    address = 0x42

    def __init__(self):
        super().__init__(nothing)
        self.log = []
        self.registers = bytearray(range(256))
        self.pointer = 0

    def power(self, on, now_us):
        super().power(on, now_us)
        self.log.append(("on" if on else "off", now_us))
        self.registers = bytearray(range(256))

    def write(self, data, now_us):
        self.log.append((data, now_us))
        if data[:1] == b"\xee":
            raise OSError(*NACK.args)
        if data[:1] == b"\xbb":
            raise ZeroDivisionError("a bug of this part")
        if data:
            self.pointer = data[0]
            self.registers[self.pointer : self.pointer + len(data) - 1] = data[1:]

    def read(self, count, now_us):
        self.log.append((count, now_us))
        return bytes(self.registers[self.pointer : self.pointer + count])


class Talker(UartPart):
    """Says one byte a millisecond since it had power, 0 to 255 and again; hears everything."""

    def __init__(self):
        super().__init__(nothing)
        self.heard = b""
        self.said = 0
        self.since_us = 0

    def power(self, on, now_us):
        super().power(on, now_us)
        self.said = 0
        self.since_us = now_us

    def write(self, data, now_us):
        self.heard += data

    def read(self, now_us):
        begin, self.said = self.said, (now_us - self.since_us) // 1000
        return bytes(number % 256 for number in range(begin, self.said))


class Quiet(Talker):
    """Says what it heard, once."""

    def read(self, now_us):
        data, self.heard = self.heard, b""
        return data


class Thermometer(OneWirePart):
    """Answers READ ROM and READ SCRATCHPAD with 25.0625 degrees; `log` is what it was told."""

    SCRATCHPAD = bytes.fromhex("91014b467fff0f1025")  # DS18B20 data sheet: 0x0191

    def __init__(self):
        super().__init__(nothing)
        self.log = b""
        self.answers = b""
        self.scratchpad = self.SCRATCHPAD

    def reset(self, now_us):
        self.answers = b""
        self.log += b"|"
        return True

    def write_byte(self, value, now_us):
        self.log += bytes([value])
        self.answers = {0x33: ROM, 0xBE: self.scratchpad}.get(value, b"")

    def read_byte(self, now_us):
        first, self.answers = self.answers[:1], self.answers[1:]
        return first[0] if first else 0xFF


class Voltage(AnalogPart):
    """As many microvolts as it is told."""

    def __init__(self, value):
        super().__init__(nothing)
        self.value = value

    def microvolts(self, now_us):
        return self.value


class Wheel(PulsePart):
    """A pulse every 100 ms of the board's time."""

    def __init__(self):
        super().__init__(nothing)
        self.counted = 0

    def edges(self, now_us):
        before, self.counted = self.counted, now_us // 100_000
        return self.counted - before


class Counting(SoundPart):
    """Frames that count themselves; `asked` is (count, rate, when) of every question."""

    def __init__(self):
        super().__init__(nothing)
        self.asked = []
        self.next = 0

    def frames(self, count, rate_hz, now_us):
        self.asked.append((count, rate_hz, now_us))
        first, self.next = self.next, self.next + count
        return b"".join(number.to_bytes(4, "little") for number in range(first, self.next))


def shows(bench, main, wanted, parts, mode="", **options):
    """Run a board with parts until its console has shown all of `wanted`, line by line.

    `mode` is that of the world it is in, if any.
    """

    async def scenario():
        bench.printed.clear()
        if mode:
            async with in_world(bench, main, mode, parts=parts, **options) as (world, _):
                passing = asyncio.create_task(world.do("until", s=1e6))
                await bench.until_printed(">>>")
                passing.cancel()
        else:
            async with bench.board("import machine, time, gc\n" + main, parts=parts, **options):
                await bench.until_printed(">>>")
        shown = bench.printed.decode().split(">>>")[0].splitlines()
        assert shown[: len(wanted)] == wanted, shown

    asyncio.run(scenario())
