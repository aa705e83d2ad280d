"""What a board's line to the world does to a chip, message by message, and what is no message."""

import asyncio
import contextlib
import random
import socket
import time

import pytest

from tests.for_tools.worlds import GET_STATUS, SX1262, SX1276, HandMade
from tools.rig.world.client import World

# SetStandby, and the sync word's register of an SX1262: written, read.
STANDBY = b"\x80\x00"
SYNC_WRITE = b"\x0d\x07\x40\xab\xcd"
SYNC_READ = b"\x1d\x07\x40\x00\x00\x00"


@contextlib.asynccontextmanager
async def one_board(folder, mode="warp", wiring=SX1262):
    """Yield a world, a slot and the line of a board in it."""
    async with World(folder, mode=mode) as world:
        slot = world.slot("board", wiring)
        board = HandMade(slot.connect(True), wiring, mode)
        passing = asyncio.create_task(world.do("until", s=1e6))
        await world.do("now")
        yield world, slot, board
        passing.cancel()
        board.close()


@pytest.mark.parametrize("mode", ["real", "warp"])
def test_a_board_that_starts_is_told_the_levels_of_its_inputs_and_the_time(tmp_path, mode):
    async def scenario():
        async with one_board(tmp_path, mode) as (_, _, board):
            assert set(board.levels) == {SX1262["busy"], SX1262["dio1"]}
            assert board.levels[SX1262["busy"]] == 1
            assert (board.now_us == 0) == (mode == "warp")
            assert board.level("dio1") == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("wiring", [SX1262, SX1276], ids=["sx1262", "sx1276"])
def test_only_a_selected_chip_on_the_right_bus_answers(tmp_path, wiring):
    question = GET_STATUS if wiring is SX1262 else b"\x42\x00"  # RegVersion

    async def scenario():
        async with one_board(tmp_path, wiring=wiring) as (_, _, board):
            board.rest(20_000)
            board.until("z")
            assert board.exchange(question) == b"\xff\xff"
            board.bus()
            assert board.exchange(question) == b"\xff\xff"
            good = board.command(question)
            assert good[1] not in (0x00, 0xFF)
            for wrong in ((wiring["mosi"], wiring["sck"], wiring["miso"]), (255, 255, 255)):
                board.bus(*wrong)
                assert board.command(question) == b"\xff\xff"
            board.bus()
            assert board.command(question) == good

    asyncio.run(scenario())


def test_a_message_in_single_bytes_is_the_same_message(tmp_path):
    async def scenario():
        async with one_board(tmp_path) as (world, _, board):
            board.bus()
            good = board.command(GET_STATUS)
            board.wait()
            board.pin("cs", 0)
            for byte in b"X\x01\x00\x02" + GET_STATUS:
                board.say("", byte)
                await world.do("now")
            assert board.until("x") == good

    asyncio.run(scenario())


def test_a_program_that_ends_in_a_transfer_leaves_a_chip_that_goes_on(tmp_path):
    """Each piece of a message, and of a transaction, may be the last that is heard of a board."""

    async def scenario():
        chance = random.Random(3)
        async with one_board(tmp_path) as (world, slot, board):
            board.bus()
            board.command(STANDBY)
            board.command(SYNC_WRITE)
            for _ in range(30):
                data = chance.choice([SYNC_READ, GET_STATUS, b"\x1e\x00" + bytes(40)])
                message = b"X\x01\x00" + bytes([len(data)]) + data
                board.pin("cs", 0)
                board.line.sendall(message[: chance.randrange(len(message))])
                board.close()
                board = HandMade(slot.connect(False))
                board.bus()
                assert board.exchange(GET_STATUS) == b"\xff\xff"  # not selected
                assert board.command(SYNC_READ)[-2:] == b"\xab\xcd"
            board.close()
            slot.cut_power()
            board = HandMade(slot.connect(True))
            passing = asyncio.create_task(world.do("until", s=2e6))
            board.bus()
            await world.do("now")
            assert board.command(SYNC_READ)[-2:] != b"\xab\xcd"
            passing.cancel()

    asyncio.run(scenario())


def test_what_a_board_said_before_it_ended_has_happened_when_the_next_program_starts(tmp_path):
    async def scenario():
        async with one_board(tmp_path, "real") as (_, slot, board):
            board.bus()
            board.command(STANDBY)
            for number in range(20):
                board.wait()
                board.pin("cs", 0)
                board.say("X", 0, 0, 5, *SYNC_WRITE[:-2], number, 7)
                board.pin("cs", 1)
                board.close()
                board = HandMade(slot.connect(False), mode="real")
                board.bus()
                assert board.command(SYNC_READ)[-2:] == bytes([number, 7])

    asyncio.run(scenario())


def test_a_second_program_on_the_same_place_ends_the_first(tmp_path):
    async def scenario():
        async with one_board(tmp_path) as (_, slot, first):
            second = HandMade(slot.connect(False))
            second.bus()
            assert second.command(GET_STATUS) != b"\xff\xff"
            assert first.is_ended()
            second.close()

    asyncio.run(scenario())


def test_without_power_a_chip_holds_its_lines_low_until_it_comes_back(tmp_path):
    async def scenario():
        async with one_board(tmp_path) as (_, slot, board):
            slot.cut_power()
            board.bus()
            board.pin("cs", 0)
            assert board.exchange(GET_STATUS) == b"\x00\x00"
            assert board.level("busy") == 0
            board.close()
            again = HandMade(slot.connect(True))
            assert again.levels[SX1262["busy"]] == 1
            again.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("nonsense", [b"?", b"\x00\x00", b"X\x01\xff\xff", b"z" + bytes(8)])
def test_a_line_that_says_nonsense_is_closed_and_the_others_go_on(tmp_path, nonsense):
    async def scenario():
        async with one_board(tmp_path, "real") as (world, _, board):
            other = HandMade(world.slot("other", SX1262).connect(True), mode="real")
            board.line.sendall(nonsense)
            assert board.is_ended()
            other.bus()
            assert other.command(GET_STATUS) != b"\xff\xff"
            other.close()

    asyncio.run(scenario())


HELLOS = (
    b"",
    b"\n",
    b"5\n",
    b"[]\n",
    b"nonsense\n",
    b"{}\n",
    b'{"kind": "board"}\n',
    b'{"kind": "board", "name": "b", "wiring": 7, "position": [0, 0], "is_cold": true}\n',
    b'{"kind": "board", "name": "b", "wiring": {"chip": "x"}, "position": [0, 0]}\n',
    b"x" * 100_000,
    b"[" * 4000 + b"\n",
)


def test_who_says_no_hello_or_half_of_one_keeps_nobody_waiting(tmp_path):
    async def scenario():
        async with World(tmp_path) as world:
            lines = []
            for hello in HELLOS:
                line = socket.socket(socket.AF_UNIX)
                line.connect(str(tmp_path / "world.sock"))
                with contextlib.suppress(OSError):
                    line.sendall(hello)
                begin_s = time.monotonic()
                await world.do("now")
                assert time.monotonic() - begin_s < 0.9
                lines.append(line)
            for hello, line in zip(HELLOS, lines, strict=True):
                if hello:
                    line.settimeout(5)
                    with contextlib.suppress(ConnectionResetError):
                        assert line.recv(1) == b"", hello[:40]
                line.close()

    asyncio.run(scenario())


def test_a_place_that_is_wired_otherwise_or_not_at_all_is_refused(tmp_path):
    async def scenario():
        async with one_board(tmp_path) as (world, _, board):
            twice = {**SX1262, "busy": SX1262["dio1"]}
            for name, wiring in (
                ("board", SX1276),
                ("new", twice),
                ("new", {**SX1262, "cs": None}),
                ("new", {**SX1262, "chip": "sx1280"}),
                ("new", {**SX1262, "miso": "11"}),
            ):
                line = world.slot(name, wiring).connect(True)
                line.settimeout(5)
                assert line.recv(1) == b""
            board.bus()
            assert board.command(GET_STATUS) != b"\xff\xff"
            good = HandMade(world.slot("new", SX1262).connect(True))
            good.close()

    asyncio.run(scenario())


def test_a_board_that_reads_nothing_stops_nobody_and_gets_all_of_it_later(tmp_path):
    async def scenario():
        async with one_board(tmp_path, "real") as (world, _, board):
            for _ in range(400):  # each reset moves BUSY
                for level in (0, 1) * 20:
                    board.pin("reset", level)
                begin_s = time.monotonic()
                await world.do("now")
                assert time.monotonic() - begin_s < 1
            board.levels.clear()
            assert board.level("busy") in (0, 1)
            assert board.levels.keys() <= {SX1262["busy"], SX1262["dio1"]}

    asyncio.run(scenario())
