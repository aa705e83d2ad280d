"""One board's line to the world; device/world/rig_world.py explains the messages.

Place: interpreter's socket -> BoardLine -> Slot, and its pins and its time back.
Guarantee: messages are handled in the order they came; a line that says nonsense is closed. What a
resting board is told waits until it is its turn to work (`wake`).
"""

import socket

from tools.rig.world.line import Line
from tools.rig.world.pace import RealPace, WarpPace
from tools.rig.world.slot import Slot

FOREVER = 1 << 62
LONGEST_BYTES = 1024  # of one transfer
MARK = b"\nfrom here on in step\n"
_HEAD_BYTES = 10  # of each message to a board
_LEVEL_US = 20  # what it takes a board to look at a pin
_BYTE_US = 2  # 4 MHz
_CIRCLE_US = 1000  # what code that only looks at the clock is given at once
_LENGTHS = {
    b"S"[0]: 4,
    b"P"[0]: 3,
    b"R"[0]: 3,
    b"Z"[0]: 10,
    b"A"[0]: 1,
    b"N"[0]: 1,
    b"U"[0]: 1,
    b"Y"[0]: 1,
}
_TRANSFER = b"X"[0]


class BoardLine(Line):
    """`idle_until_us` is None while the board works; `is_called`: a pin changed while it rested."""

    def __init__(
        self,
        connection: socket.socket,
        slot: Slot,
        pace: RealPace | WarpPace,
    ):
        super().__init__(connection)
        self._slot = slot
        self._pace = pace
        self._in = bytearray()
        self._told = 0  # changes of inputs
        self.is_called = False
        self.idle_until_us: int | None = None

    def greet(self, is_cold: bool) -> None:
        """Tell a board that starts the levels of its pins, when its power came, and the time."""
        self._slot.plug(self, is_cold)
        self._tell(b"b", self._slot.born_us.to_bytes(8, "big"))
        self._tell_time()
        self.flush()

    def readable(self) -> None:
        """Handle what came; at the end of the line the board has ended."""
        self._in += self.receive()
        while self.is_open and self._handle_one():
            pass
        self.flush()

    def finish(self) -> None:
        """Handle all that a board said before it ended, and let go of it."""
        while self.is_open:
            before = len(self._in)
            self.readable()
            if len(self._in) == before:
                self.close()

    def close(self) -> None:
        """Let go of the board."""
        if self.is_open:
            super().close()
            self._slot.unplug(self)

    def tell_level(self, pin: int, level: int) -> None:
        """Tell the board that an input changed: at once, or when it is woken up for it."""
        self._tell(b"I", bytes((pin, level)))
        self._told += 1
        if self.idle_until_us is None:
            self.flush()
        else:
            self.is_called = True

    def wake(self) -> None:
        """End the board's rest, if it rests."""
        if self.idle_until_us is not None:
            self.idle_until_us = None
            self.is_called = False
            self._tell_time()
        self.flush()

    def _tell_time(self) -> None:
        self._tell(b"z", self._pace.now_us().to_bytes(8, "big"))

    def _tell(self, letter: bytes, rest: bytes) -> None:
        self._out += (letter + rest).ljust(_HEAD_BYTES, b"\x00")

    def _handle_one(self) -> bool:
        """Handle the first message if all of it is here."""
        if not self._in:
            return False
        letter = self._in[0]
        if letter == _TRANSFER:
            return self._transfer()
        length = _LENGTHS.get(letter, 1)
        if len(self._in) < length:
            return False
        message = bytes(self._in[:length])
        del self._in[:length]
        if letter in _LENGTHS:
            self._handle(letter, message)
        else:
            self.close()
        return True

    def _handle(self, letter: int, message: bytes) -> None:
        slot = self._slot
        if letter == b"A"[0]:
            self.wake()
        elif letter == b"Z"[0]:
            # From now on: the board's own idea of the time is that of its last answer.
            span_us = int.from_bytes(message[1:9], "big", signed=True)
            self._rest(FOREVER if span_us < 0 else self._pace.now_us() + span_us)
            self.is_called = message[9] != self._told & 0xFF
        elif letter == b"N"[0]:
            self._rest(self._pace.now_us() + _CIRCLE_US)
        else:
            self._works()
            if letter == b"P"[0]:
                slot.set_pin(message[1], message[2])
            elif letter == b"S"[0]:
                slot.set_bus(*message[1:])
            elif letter == b"R"[0]:
                self._passes(_LEVEL_US)
                self._tell(b"r", bytes((message[1], slot.level(message[2]))))
            elif letter == b"Y"[0]:
                self._begin_anew()
            else:
                self._pace.hold()

    def _begin_anew(self) -> None:
        """The board has lost the thread, and drops all that is before this mark."""
        self._out += MARK
        self._told = 0
        for pin, level in self._slot.levels():
            self.tell_level(pin, level)

    def _rest(self, until_us: int) -> None:
        self.idle_until_us = until_us

    def _works(self) -> None:
        """It does something, so it is awake: a Ctrl-C has ended its rest."""
        self.idle_until_us = None
        self.is_called = False

    def _passes(self, span_us: int) -> None:
        """Its work takes the board a time, of which it is told where it has no other clock."""
        self._pace.asked(span_us)
        if self._pace.is_warped:
            self._tell_time()

    def _transfer(self) -> bool:
        if len(self._in) < 4:
            return False
        count = int.from_bytes(self._in[2:4], "big")
        if count > LONGEST_BYTES:
            self.close()
            return False
        if len(self._in) < 4 + count:
            return False
        data, number = bytes(self._in[4 : 4 + count]), self._in[1]
        del self._in[: 4 + count]
        self._works()
        self._passes(_BYTE_US * count)
        answer = self._slot.exchange(data)
        if number:
            self._tell(b"x", bytes((number,)) + count.to_bytes(2, "big"))
            self._out += answer
        return True
