"""The line to the sensors around the board: a question, and the board waits for its answer.

    question  letter, where, value (2 bytes), length (2), time in us (8), and `length` bytes
    answer    errno, length (2), and `length` bytes; errno is 0 where all is well

    B                    this program begins        supply pin or 255, number of UARTs, those,
                                                    and the pins with pulses
    L pin level          the supply pin is driven
    W address      data  I2C, write                 errno: ENODEV not acknowledged, ETIMEDOUT
    R address n          I2C, read                  n bytes
    M address n    data  I2C, write and read        n bytes
    O uart n             set up, n bytes of buffer
    A uart               does something wait?       how many bytes, in 2
    G uart n             take what waits            up to n bytes
    T uart         data  send
    E                    1-Wire, reset              1: somebody is there
    w - value            1-Wire, write a byte
    r                    1-Wire, read a byte        the byte
    V pin                ADC                        microvolts, in 4
    P pin                pulses since the last P    falling edges, in 4
    S - n          rate  I2S, n frames at rate Hz   4 n bytes
    Y number             the line is out of step    no answer: a mark, and the number

Numbers are big-endian. Time is that of the world where it is warped, else that of the board's
clock, which begins at 0 with the power.

Place: machine, onewire -> here -> socket -> tools.rig.parts.line.
Guarantee: a question allocates nothing, and what the board did before it has happened. A Ctrl-C
costs what it interrupts; the next question brings the line into step again. A line that the
supervisor has closed ends the program, as a broken world does.
"""

import os
import sys
import time

import rig_clock
from utime import ticks_us

_world = None
if os.getenv("NECKAR_RIG_WORLD"):
    import rig_world as _world

_HEAD = 14
_LONGEST = 1024  # bytes behind a question
_MOST = 65535  # bytes of an answer
_MARK = b"\nparts in step\n"
_is_warped = _world is not None and _world.IS_WARPED

# From the ticks, which cost no memory to read, to the clock that began with the power.
_ahead_us = rig_clock.time_ns() // 1000 - ticks_us()
_line = open(int(os.getenv("NECKAR_RIG_PARTS")), "r+b")
# What firmware does within its own bounds of memory must not cost any here.
_message = bytearray(_HEAD + _LONGEST)
_head = bytearray(3)
small = bytearray(4)  # where answers go that are numbers
_is_in_step = True
_number = 0


def now_us() -> int:
    """Return the board's time."""
    return _world.now_us() if _is_warped else _ahead_us + ticks_us()


def passes(span_us: int) -> None:
    """Let the time of a transfer pass, in a warped world: elsewhere the question has taken it."""
    if _is_warped:
        time.sleep_us(span_us)


def ask(letter: str, where: int = 0, value: int = 0, data=b"", answer=None) -> int:
    """Return how many bytes the answer has; they are in `answer`, which has to have room for them.

    OSError as the part says, ValueError for more than this line takes at once.
    """
    global _is_in_step
    length = len(data)
    if length > _LONGEST or value > _MOST:
        raise ValueError("more bytes than this bus takes at once")
    if not _is_in_step:
        _begin_anew()
    # Byte by byte: slices of a view would be objects.
    for i in range(length):
        _message[_HEAD + i] = data[i]
    _put_head(ord(letter), where, value, length)
    _is_in_step = False
    _write(_HEAD + length)
    _take(_head, 3)
    count = _head[1] << 8 | _head[2]
    if count:
        _take(answer, count)
    _is_in_step = True
    if _head[0]:
        raise OSError(_head[0])
    return count


def _put_head(letter: int, where: int, value: int, length: int) -> None:
    now = now_us()
    _message[0] = letter
    _message[1] = where
    _message[2] = value >> 8
    _message[3] = value & 255
    _message[4] = length >> 8
    _message[5] = length & 255
    for i in range(13, 5, -1):
        _message[i] = now & 255
        now >>= 8


def _write(length: int) -> None:
    try:
        _line.write(_message, length)
    except OSError:
        sys.exit()


def _take(buffer, count: int) -> None:
    try:
        taken = _line.readinto(buffer, count)
    except OSError:
        taken = 0
    if taken != count:
        sys.exit()


def _begin_anew() -> None:
    """Drop what is on its way, of which a part may have been read."""
    global _number
    _number = (_number + 1) & 255
    _put_head(89, _number, 0, 0)  # Y
    _write(_HEAD)
    while True:
        _pass_mark()
        _take(_head, 1)
        if _head[0] == _number:
            return


def _pass_mark() -> None:
    count = 0
    while count < len(_MARK):
        _take(_head, 1)
        if _head[0] == _MARK[count]:
            count += 1
        else:
            count = 1 if _head[0] == _MARK[0] else 0


def _begin():
    answer = bytearray(255)
    answer = answer[: ask("B", 0, 0, b"", answer)]
    uarts = answer[1]
    return answer[0], bytes(answer[2 : 2 + uarts]), bytes(answer[2 + uarts :])


supply_pin, uarts, pulse_pins = _begin()
