"""The line to the world: the radio chip's wires, and where the world says so, its time.

    S sck mosi miso      the bus is on these pins (255: none)     I pin level    an output changed
    P pin level          an output of the board changed           x number n     answer to X, with
    X number n bytes     bytes on the bus; number 0: no answer                   bytes behind it
    R number pin         what level is it?                        r number level answer to R
    Z span_us heard      nothing to do for so long (-1: for ever) z now_us       it is this late:
    A                    awake by itself, out of Z                               answer to Z, N, A,
    N                    code that turns in a circle: let time                   the greeting; in
                         pass                                                    front of x and r
    U                    bytes have left over a UART                             in a warped world
    Y                    the line is out of step                  a mark, and all levels
                                                                  b time_us      when the power came

Place: machine.Pin, machine.SPI, time, select -> here -> socket -> tools.rig.world.
Guarantee: what the board did before it asks has happened when it is answered. Handlers of pins run
between two operations, as the device's scheduler runs them, never within one. A transfer allocates
nothing. A Ctrl-C, which may come within any step of the interpreter, costs what it interrupts, and
interrupts that came meanwhile; then the line is in step again.
"""

import os
import sys

from uselect import POLLIN, poll
from utime import ticks_add, ticks_diff, ticks_ms

IS_WARPED = os.getenv("NECKAR_RIG_TIME") == "warp"
_SPINS = 100  # readings of the clock without a pause: code that waits in a circle

_LONGEST = 1024  # bytes of a transfer
_MARK = b"\nfrom here on in step\n"

_file = open(int(os.getenv("NECKAR_RIG_WORLD")), "r+b")
_here = poll()
_here.register(_file, POLLIN)
# What firmware does within its own bounds of memory must not cost any here.
_head = bytearray(10)  # of the message that is being handled
_time = memoryview(_head)[1:9]
_message = bytearray(4 + _LONGEST)
_levels = {}  # of the wired inputs
_handlers = {}  # pin number: (function, trigger, Pin)
_due = []  # handlers whose pin has changed
_now_us = 0
_born_us = 0
_spins = 0
_number = 0  # of the last question, 1 to 255
_heard = 0  # how many I, in 8 bits: who rests without having heard all of them does not rest
_is_running_handlers = False


def _take(answer=None) -> int:
    """Take one message, bytes of the bus into `answer` if they are for it; return its letter."""
    try:
        return _take_one(answer)
    except KeyboardInterrupt:
        _begin_anew()
        raise


def _take_one(answer) -> int:
    global _now_us, _born_us, _heard
    if not _read_head():
        sys.exit()  # the end of the world: this board begins anew, or cannot
    letter = _head[0]
    if letter == 73:  # I
        _heard += 1
        _changed(_head[1], _head[2])
    elif letter == 122:  # z
        _now_us = int.from_bytes(_time, "big")
    elif letter == 98:  # b
        _born_us = int.from_bytes(_time, "big")
    elif letter == 120:  # x
        if answer is None or _head[1] != _number:
            answer = bytearray(_head[2] << 8 | _head[3])  # for somebody who was interrupted
        _file.readinto(answer)
    return letter


def _read_head() -> int:
    try:
        return _file.readinto(_head)
    except OSError:
        return 0


def _begin_anew() -> None:
    """Drop what is on its way, of which a part may have been read, up to a mark; levels follow."""
    global _heard
    _tell(89)  # Y
    count = 0
    while count < len(_MARK):
        byte = _file.read(1)
        if not byte:
            sys.exit()
        count = count + 1 if byte[0] == _MARK[count] else 0
    _heard = 0


def _changed(pin: int, level: int) -> None:
    was = _levels.get(pin)
    _levels[pin] = level
    handler = _handlers.get(pin)
    # IRQ_RISING is 1, IRQ_FALLING is 2
    if handler and was is not None and was != level and handler[1] & (1 if level else 2):
        _due.append(handler)


def _take_time() -> None:
    while _take() != 122:  # z
        pass


def _take_answer(letter: int, answer=None) -> None:
    """Take all up to the answer to the last question."""
    while _take(answer) != letter or _head[1] != _number:
        pass


def _ask() -> int:
    """Return the number of a new question."""
    global _number
    _number = _number % 255 + 1
    return _number


def _has_come() -> bool:
    for _ in _here.ipoll(0):
        return True
    return False


def _run_handlers() -> None:
    global _is_running_handlers
    if _is_running_handlers:
        return
    _is_running_handlers = True
    try:
        while _due:
            function, _, pin = _due.pop(0)
            try:
                function(pin)
            except Exception as e:
                sys.print_exception(e)
    finally:
        _is_running_handlers = False


def drain() -> None:
    """Take what has come, and run the handlers of pins that changed."""
    while _has_come():
        _take()
    _run_handlers()


def handle(pin: int, handler) -> None:
    """Call (function, trigger, Pin) on changes of a pin, or with None nobody."""
    _handlers[pin] = handler


def _tell(letter: int, a: int = 0, b: int = 0, c: int = 0, length: int = 1) -> None:
    _message[0] = letter
    _message[1] = a
    _message[2] = b
    _message[3] = c
    _send(length)


def _send(length: int) -> None:
    try:
        _file.write(_message, length)
    except OSError:
        sys.exit()  # as in `_take_one`


def drive(pin: int, level: int) -> None:
    """Set an output."""
    _tell(80, pin, level, 0, 3)  # P


def level(pin: int) -> int | None:
    """Return the level of an input, or None where no wire is."""
    if pin not in _levels:
        return None
    _tell(82, _ask(), pin, 0, 3)  # R
    _take_answer(114)  # r
    value = _head[2]
    _run_handlers()
    return value


def connect_bus(sck: int, mosi: int, miso: int) -> None:
    """Put the next transfers on these pins."""
    _tell(83, sck, mosi, miso, 4)  # S


def transfer(data, answer=None) -> None:
    """Put bytes on the bus; `answer` takes what comes back meanwhile."""
    count = len(data)
    if count > _LONGEST:
        raise ValueError("more bytes than this bus takes at once")
    # Byte by byte: slices of a view would be objects.
    for i in range(count):
        _message[4 + i] = data[i]
    if answer is None:
        _tell(88, 0, count >> 8, count & 255, 4 + count)  # X
        return
    _tell(88, _ask(), count >> 8, count & 255, 4 + count)
    _take_answer(120, answer)  # x
    _run_handlers()


def bytes_left() -> None:
    """Say that bytes have left over a UART: somebody may be about to answer them."""
    _tell(85)  # U


def now_us() -> int:
    """Return the world's time."""
    global _spins
    _spins += 1
    if _spins > _SPINS:
        _spins = 0
        _tell(78)  # N
        _take_time()
        _run_handlers()
    return _now_us


def since_power_us() -> int:
    """Return how long the board has had power."""
    return now_us() - _born_us


def since_start_us() -> int:
    """Return how long this interpreter has run."""
    return now_us() - _started_us


def wait(poller, wait_us: int) -> None:
    """Do nothing for a time (-1: for ever), or until a pin or a stream of `poller` changes."""
    global _spins
    if not IS_WARPED:
        for _ in poller.ipoll(-1 if wait_us < 0 else (wait_us + 999) // 1000):
            break
        drain()
        return
    _spins = 0
    _message[0] = 90  # Z
    for i in range(8):
        _message[8 - i] = wait_us & 255
        wait_us >>= 8
    _message[9] = _heard & 255
    _send(10)
    for _ in poller.ipoll(-1):
        break
    # It may be a stream: of that the world knows nothing.
    while _has_come():
        if _take() == 122:  # z
            break
    else:
        _tell(65)  # A
        _take_time()
    _run_handlers()


def sleep_us(span_us: int) -> None:
    """Let a time pass; pins are handled meanwhile."""
    if IS_WARPED:
        end_us = _now_us + span_us
        while _now_us < end_us:
            wait(_here, end_us - _now_us)
        return
    end = ticks_add(ticks_ms(), (span_us + 999) // 1000)
    drain()
    while ticks_diff(end, ticks_ms()) > 0:
        wait(_here, 1000 * ticks_diff(end, ticks_ms()))


def watch(poller) -> None:
    """Let `poller` wait for the world too."""
    poller.register(_file, POLLIN)


def is_line(stream) -> bool:
    """Say whether this is the line to the world."""
    return stream is _file


_take_time()
_started_us = _now_us
