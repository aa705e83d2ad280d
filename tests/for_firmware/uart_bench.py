"""What the tests of sensors on a UART share: a virtual sensor in virtual time, and a bare wire."""

from tests.fakes.buses import FakePorts
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline


class UartBench:
    """`there` is what there is to measure; `part` and `driver` meet on UART 2."""

    def __init__(self, make_part, make_driver, **there):
        self.there = there
        self.timeline = Timeline()
        self.part = make_part(lambda seconds: self.there)
        self.driver = make_driver(FakePorts(self.timeline, uart={2: self.part}))

    @property
    def now_s(self):
        """Return the time."""
        return self.timeline.now_us / 1e6

    def wait(self, seconds):
        """Let time pass."""
        self.timeline.run_until(self.timeline.now_us + round(seconds * 1e6))

    def run(self, coroutine):
        """Run a coroutine in virtual time."""
        return run(self.timeline, coroutine)

    def power_cycle(self):
        """Take the supply away and give it back."""
        self.part.power(False, self.timeline.now_us)
        self.wait(1)
        self.part.power(True, self.timeline.now_us)


class Wire:
    """A UART that delivers bytes in the pieces that a test wants, and all the board's ports."""

    def __init__(self):
        self.pieces = []
        self.sent = b""

    def uart(self, number, baud):
        assert baud == 9600
        return self

    def read(self):
        return self.pieces.pop(0) if self.pieces else None

    def write(self, data):
        self.sent += data
        return len(data)


def heard(make_driver, pieces):
    """Return all frames that a driver finds in these pieces."""
    wire = Wire()
    driver = make_driver(wire)
    wire.pieces = list(pieces)
    frames = []
    while wire.pieces:
        frames += driver._listen()
    return frames
