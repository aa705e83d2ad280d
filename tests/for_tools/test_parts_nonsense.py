"""What a board says to its sensors never ends the supervisor, and costs nobody else anything."""

import asyncio
import errno
import random
import socket

import pytest

from tests.for_tools.boards import opened, until
from tests.for_tools.sensors import Counting, Memory, Talker, Wheel, shows
from tools.rig.board import SOFT_RESET
from tools.rig.errors import RigError
from tools.rig.parts.line import PartsLine
from tools.rig.parts.receiver import Receiver
from tools.rig.parts.wiring import NO_PIN, Parts

PATIENCE_S = 10


def question(letter, where=0, value=0, data=b"", now_us=0):
    """Return the bytes of one question, as device/rig_parts.py sends them."""
    head = letter.encode() + bytes([where]) + value.to_bytes(2, "big")
    return head + len(data).to_bytes(2, "big") + now_us.to_bytes(8, "big") + data


def waiting(line):
    """Return what waits at the board's end of a line, and leave it there."""
    try:
        return line.board_end.recv(99, socket.MSG_PEEK)
    except BlockingIOError:
        return b""


def says(parts, data, count):
    """Return the next `count` bytes that the line answers to `data`; less where it is closed."""

    async def scenario():
        line = PartsLine(parts)
        line.board_end.setblocking(False)
        loop, heard = asyncio.get_running_loop(), b""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await loop.sock_sendall(line.board_end, data)
                while len(heard) < count:
                    came = await loop.sock_recv(line.board_end, count - len(heard))
                    if not came:
                        break
                    heard += came
        except ConnectionError:
            pass  # closed with questions unread
        finally:
            line.close()
            line.board_end.close()
        return heard

    return asyncio.run(scenario())


def test_questions_may_come_in_any_pieces():
    part = Memory()
    data = question("B") + question("W", 0x42, 0, b"\x10ab") + question("R", 0x42, 2)
    wanted = b"\0\0\2\xff\0" + b"\0\0\0" + b"\0\0\2ab"
    assert says(Parts(i2c=[part]), data, len(wanted)) == wanted

    async def bytewise():
        line = PartsLine(Parts(i2c=[Memory()]))
        line.board_end.setblocking(False)
        for i in range(len(data)):
            line.board_end.send(data[i : i + 1])
            await asyncio.sleep(0)
        await until(lambda: waiting(line) == wanted, "the answers")
        line.close()
        line.board_end.close()

    asyncio.run(bytewise())


@pytest.mark.parametrize(
    "data",
    [
        b"?" * 14,  # a length that no question has
        question("?"),
        question("b"),
        question("\xff"),
        question("W", 0x42, 0, bytes(1025)),
    ],
)
def test_what_is_no_question_costs_the_line(data):
    parts = Parts(i2c=[Memory()])
    assert says(parts, data, 1) == b""
    assert says(parts, question("B"), 3) == b"\0\0\2"  # the next program has its own line


def test_noise_never_raises_and_the_next_line_works():
    errors = []
    rng = random.Random(1)
    parts = Parts(i2c=[Memory()], uart={2: Talker()}, pulses={5: Wheel()}, i2s=Counting())
    for _ in range(300):
        letter = rng.choice("BLWRMOAGTEwrVPSY")
        data = question(
            letter,
            rng.choice((0, 2, 5, 0x42, 255)),
            rng.randrange(65536) if letter != "S" else rng.randrange(16384),
            rng.randbytes(rng.randrange(20)),
            rng.choice((0, 1 << 40)),
        )
        try:
            parts.answer(letter, data[1], int.from_bytes(data[2:4], "big"), data[14:], 1 << 40)
        except (OSError, RigError) as e:
            errors.append(e)
        except ZeroDivisionError:
            pass  # the part's own
        except KeyError:
            assert letter == "Y"
    for _ in range(20):
        says(parts, rng.randbytes(200), 1)
    assert errors and says(parts, question("B"), 3) == b"\0\0\4"


def test_a_board_that_does_not_read_is_not_waited_for():
    flood = question("S", 0, 16000, bytes(4)) * 64
    heard = says(Parts(), flood, 1 << 30)
    assert 0 < len(heard) < 64 * 64003


def test_a_bug_of_a_part_is_told_and_answered_with_eio():
    told = []

    async def scenario():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        line = PartsLine(Parts(i2c=[part]))
        line.board_end.setblocking(False)
        line.board_end.send(
            question("B") + question("W", 0x42, 0, b"\xbb") + question("R", 0x42, 1)
        )
        wanted = b"\0\0\2\xff\0" + bytes([errno.EIO, 0, 0]) + b"\0\0\1\0"
        await until(lambda: waiting(line) == wanted, "the answers")
        line.close()
        line.board_end.close()

    part = Memory()
    asyncio.run(scenario())
    assert isinstance(told[0]["exception"], ZeroDivisionError)


def test_an_error_that_has_no_number_is_eio():
    part = Memory()

    def fail(data, now_us):
        raise OSError("no number")

    part.write = fail
    data = question("B") + question("W", 0x42)
    assert says(Parts(i2c=[part]), data, 8)[5:] == bytes([errno.EIO, 0, 0])


def test_time_never_goes_back_for_a_part():
    part = Memory()
    parts = Parts(i2c=[part])
    for now_us in (5, 9, 3, 10):
        parts.answer("B", 0, 0, b"", now_us)
        parts.answer("W", 0x42, 0, b"", now_us)
    assert [when for what, when in part.log if what == b""] == [5, 9, 9, 10]


def test_a_clock_that_begins_anew_with_the_power_goes_on_for_parts():
    part = Memory()
    parts = Parts(i2c=[part])
    for now_us in (100, 0, 7):  # a board's own clock
        parts.power_on()
        parts.answer("B", 0, 0, b"", now_us)
        parts.answer("W", 0x42, 0, b"", now_us + 1000)
        parts.cut_power()
    assert [when for what, when in part.log if what == b""] == [1100, 2100, 3100]
    parts.power_on()
    parts.answer("B", 0, 0, b"", 9000)  # that of a warped world, which went on meanwhile
    assert part.log[-1] == ("on", 9000)


def test_a_board_is_told_which_wires_lead_somewhere():
    parts = Parts(uart={2: Talker(), 1: Talker()}, pulses={5: Wheel()}, supply=(21, 1))
    assert parts.answer("B", 0, 0, b"", 0) == bytes([21, 2, 2, 1, 5])
    assert Parts().answer("B", 0, 0, b"", 0) == bytes([NO_PIN, 0])


def test_a_new_program_finds_no_byte_from_before_it():
    parts = Parts(uart={2: Talker()})
    for begin_us in (0, 10_000):
        parts.answer("B", 0, 0, b"", begin_us)
        parts.answer("O", 2, 256, b"", begin_us + 1000)
        assert parts.answer("A", 2, 0, b"", begin_us + 5000) == b"\0\4"


def test_a_buffer_counts_what_it_loses():
    talker = Talker()
    receiver = Receiver(talker)
    receiver.open(10, 0)
    assert (receiver.count(25_000), receiver.lost) == (10, 15)
    assert receiver.take(99, 26_000) == bytes(range(10))
    assert receiver.lost == 16


CTRL_C = """
import machine, os
i2c, i2s = machine.I2C(0), machine.I2S(0, sck=1, ws=2, sd=3, mode=1, bits=32, format=0, rate=10**6,
                                       ibuf=64000)
big, small = bytearray(64000), bytearray(2)
def ask():
    i2c.readfrom_mem_into(0x42, 7, small)
    assert small[0] == 7 and small[1] == 8, small
    i2s.readinto(big)
    assert int.from_bytes(big[-4:], "little") - int.from_bytes(big[:4], "little") == 15999
print("asking")
stopped = 0
while stopped < 30:
    try:
        while True:
            ask()
    except KeyboardInterrupt:
        stopped += 1
        print("stopped", stopped)
ask()
print("in step")
"""


@pytest.mark.board
def test_a_ctrl_c_at_any_moment_leaves_the_line_in_step(bench):
    async def scenario():
        sound = Counting()
        async with bench.board(CTRL_C, parts=Parts(i2c=[Memory()], i2s=sound)) as board:
            with opened(board.console) as console:
                await bench.until_printed("asking")
                for count in range(1, 31):
                    seen = sound.next
                    await until(lambda seen=seen: sound.next > seen, "questions go on")
                    await asyncio.sleep(0.0007 * (count % 7))
                    await console.write(b"\x03")
                    await bench.until_printed(f"stopped {count}")
                await bench.until_printed("in step")
                assert len(board.boots) == 1

    asyncio.run(scenario())


@pytest.mark.board
def test_a_board_whose_line_was_closed_begins_anew_with_another(bench):
    main = """
import machine, os
i2c = machine.I2C(0)
if machine.reset_cause() == 1:
    with open(int(os.getenv("NECKAR_RIG_PARTS")), "wb") as line:
        line.write(b"nonsense" * 100)
print(machine.reset_cause(), i2c.scan())
"""

    async def scenario():
        async with bench.board(main, parts=Parts(i2c=[Memory()])) as board:
            await bench.until_printed(f"{SOFT_RESET} [66]")
            assert [cause for cause, _ in board.boots] == [1, SOFT_RESET]

    asyncio.run(scenario())


@pytest.mark.board
def test_a_board_survives_a_part_that_has_a_bug(bench):
    main = """
i2c = machine.I2C(0)
try:
    i2c.writeto(0x42, b"\\xbb")
except OSError as e:
    print(e.errno, i2c.scan())
"""
    shows(bench, main, [f"{errno.EIO} [66]"], Parts(i2c=[Memory()]))
