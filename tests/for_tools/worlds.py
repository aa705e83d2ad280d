"""What tests of the radio world share: wirings, boards in a world, a line spoken by hand."""

import contextlib
import json
import socket
from pathlib import Path

from tools.rig.world.client import World

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0
FOREVER = -1


def wiring_of(board: str) -> dict:
    """Return the `radio` of a board file."""
    file = ROOT / "firmware" / "boards" / f"{board}.json"
    return json.loads(file.read_text(encoding="utf-8"))["radio"]


SX1262 = wiring_of("heltec-v3")
SX1276 = wiring_of("esp32-rfm95")
GET_STATUS = b"\xc0\x00"

# How a main.py reaches an SX1262 by itself.
START = """
import gc, machine, time
from machine import Pin, SPI
cs, reset = Pin(8, Pin.OUT, value=1), Pin(12, Pin.OUT, value=1)
busy, dio1 = Pin(13, Pin.IN), Pin(14, Pin.IN)
spi = SPI(1, sck=Pin(9), mosi=Pin(10), miso=Pin(11))
def put(data):
    cs(0)
    spi.write(data)
    cs(1)
def do(data):
    while busy():
        pass
    answer = bytearray(len(data))
    cs(0)
    spi.write_readinto(data, answer)
    cs(1)
    return answer
def read(register):
    return do(b"\\x1d" + register.to_bytes(2, "big") + bytes(2))[4]
"""


@contextlib.asynccontextmanager
async def in_world(bench, main, mode="real", **options):
    """Yield a world and a board in it that runs `main`."""
    async with World(bench.folder, mode=mode) as world:
        slot = world.slot("board", SX1262)
        async with bench.board(START + main, radio=slot, **options) as board:
            yield world, board


class HandMade:
    """A board's end of a line; it says and hears single messages of rig_world.py."""

    def __init__(self, line: socket.socket, wiring: dict = SX1262, mode: str = "warp"):
        self.line = line
        self.is_warped = mode == "warp"
        self.wiring = wiring
        self.levels: dict[int, int] = {}
        self.now_us = 0
        self.heard = 0
        line.settimeout(PATIENCE_S)
        self.until("z")

    def say(self, letter: str, *rest: int) -> None:
        """Send one message."""
        self.line.sendall(letter.encode() + bytes(rest))

    def hear(self) -> tuple[str, bytes]:
        """Return the next message; ("", b"") at the end of the line."""
        head = self._exactly(10)
        if not head:
            return "", b""
        letter, body = chr(head[0]), head[1:]
        if letter == "x":
            body = self._exactly(int.from_bytes(body[1:3], "big"))
        elif letter == "I":
            self.heard += 1
            self.levels[body[0]] = body[1]
        elif letter == "z":
            self.now_us = int.from_bytes(body[:8], "big")
        return letter, body

    def _exactly(self, count: int) -> bytes:
        return self.line.recv(count, socket.MSG_WAITALL)

    def until(self, letter: str) -> bytes:
        """Hear up to a message of this kind; return its body."""
        while True:
            heard, body = self.hear()
            assert heard, f"the line ended before {letter!r}"
            if heard == letter:
                return body

    def pin(self, line: str, level: int) -> None:
        """Set an output, named as the chip's line."""
        self.say("P", self.wiring[line], level)

    def level(self, line: str) -> int:
        """Ask for an input."""
        self.say("R", 7, self.wiring[line])
        number, level = self.until("r")[:2]
        assert number == 7
        return level

    def bus(self, *pins: int) -> None:
        """Put the bus on pins, on those of the chip where none are given."""
        self.say("S", *(pins or [self.wiring[name] for name in ("sck", "mosi", "miso")]))

    def exchange(self, data: bytes) -> bytes:
        """Return what the bus answers to bytes."""
        self.say("X", 1, len(data) >> 8, len(data) & 255, *data)
        return self.until("x")

    def wait(self) -> None:
        """Wait until the chip takes a command."""
        while self.wiring.get("busy") is not None and self.level("busy"):
            if self.is_warped:
                self.say("N")
                self.until("z")

    def command(self, data: bytes) -> bytes:
        """Do a whole transaction, once the chip is ready for it."""
        self.wait()
        self.pin("cs", 0)
        answer = self.exchange(data)
        self.pin("cs", 1)
        return answer

    def rest(self, span_us: int) -> None:
        """Have nothing to do for so long, -1: for ever; hear `z` for its end."""
        self.say("Z", *span_us.to_bytes(8, "big", signed=True), self.heard & 0xFF)

    def is_ended(self) -> bool:
        """Hear to the end of the line; False where nothing more comes and it is open."""
        try:
            while self.hear()[0]:
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """End the board's program."""
        self.line.close()
