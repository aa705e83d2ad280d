"""Bytes between a node's UART and the host: all of them, unless somebody pulls the plug."""

import asyncio
import random

import pytest

from tests.for_tools.boards import opened, until
from tools.rig import lane
from tools.rig.errors import RigError
from tools.rig.noise import CableNoise

pytestmark = pytest.mark.board

ECHO = """
import asyncio, machine

async def echo():
    uart = machine.UART(1, baudrate=115200)
    reader, writer = asyncio.StreamReader(uart), asyncio.StreamWriter(uart, {})
    while True:
        writer.write(await reader.read(256))
        await writer.drain()

print("echo runs")
asyncio.run(echo())
"""

TALKS = """
import asyncio, machine

async def talk():
    writer = asyncio.StreamWriter(machine.UART(1), {})
    for number in range(100):
        writer.write(bytes([number]) * 1000)
        await writer.drain()
    print("said all")

asyncio.run(talk())
"""

SAID = b"".join(bytes([number]) * 1000 for number in range(100))


def test_everything_comes_back_from_an_echo(bench):
    data = bytes(range(256)) + random.Random(3).randbytes(50_000)

    async def scenario():
        async with bench.board(ECHO) as board:
            with opened(board.uart(1)) as port:
                await port.write(data)
                await port.until_received(data)
            assert board.wire[1].bytes_up == board.wire[1].bytes_down == len(data)
            assert board.wire[1].bytes_lost == 0

    asyncio.run(scenario())


def test_a_uart_blocks_neither_when_read_nor_when_written(bench):
    main = """
import machine
uart = machine.UART(2)
print(uart.any(), uart.read(5), uart.readline(), uart.readinto(bytearray(5)))
sent = 0
while True:
    count = uart.write(b"x" * 1000)
    if count != 1000:
        break
    sent += count
print("short" if count is None or 0 <= count < 1000 else count)
while not uart.any():
    pass
print(uart.any(), uart.read())
try:
    machine.UART(7)
except ValueError as e:
    print(e)
"""

    async def scenario():
        async with bench.board(main, uarts=(0, 2)) as board:
            await bench.until_printed("short")
            with opened(board.uart(2)) as port:
                await port.write(b"input")
                await bench.until_printed(">>>")
        assert bench.printed.decode().splitlines()[:4] == [
            "0 None None None",
            "short",
            "1 b'input'",
            "UART(7) does not exist",
        ]

    asyncio.run(scenario())


def test_a_cable_that_nobody_listens_to_does_not_hold_the_node_up(bench):
    async def scenario():
        async with bench.board(TALKS) as board:
            await bench.until_printed("said all")
            await until(lambda: board.wire[1].bytes_up == len(SAID), "all bytes left the node")
            await until(lambda: board.wire[1].bytes_lost > len(SAID) // 2, "most of it is lost")

    asyncio.run(scenario())


def test_a_reader_that_is_slow_gets_everything(bench, monkeypatch):
    monkeypatch.setattr(lane, "STALL_S", 60)

    async def scenario():
        async with bench.board(TALKS) as board:
            await asyncio.sleep(0.5)
            with opened(board.uart(1)) as port:
                await port.until_received(SAID)
            await bench.until_printed("said all")
            assert board.wire[1].bytes_lost == 0

    asyncio.run(scenario())


def test_what_the_node_wrote_before_it_reset_itself_still_arrives(bench, monkeypatch):
    monkeypatch.setattr(lane, "STALL_S", 60)
    main = """
import machine, time
if machine.reset_cause() == 1:
    uart = machine.UART(1)
    wrote = refused = 0
    while refused < 50:
        count = uart.write(b"x" * 100) or 0
        wrote += count
        refused = 0 if count else refused + 1
        time.sleep_ms(10 if refused else 0)
    print("wrote", wrote)
    machine.reset()
"""

    async def scenario():
        async with bench.board(main) as board:
            await until(lambda: len(board.boots) == 2, "the board starts again")
            with opened(board.uart(1)) as port:
                wrote = int(bench.printed.split()[1])
                await port.until_received(b"x" * wrote)

    asyncio.run(scenario())


def test_a_plug_that_is_pulled_ends_the_hosts_reading_and_not_the_node(bench):
    async def scenario():
        async with bench.board(ECHO) as board:
            path = board.uart(1)
            with opened(path) as port:
                await port.write(b"before")
                await port.until_received(b"before")
                board.unplug(1)
                await until(lambda: port.is_gone, "the port is gone")
                assert not path.is_symlink()
            board.plug(1)
            assert board.uart(1) == path
            with opened(path) as port:
                await port.write(b"after")
                await port.until_received(b"after")
            assert len(board.boots) == 1

    asyncio.run(scenario())


def test_a_node_talks_into_an_unplugged_cable(bench):
    async def scenario():
        board = bench.new_board(TALKS)
        board.unplug(1)
        await board.power_on()
        await bench.until_printed("said all")
        assert not board.uart(1).is_symlink()
        board.plug(1)
        assert board.uart(1).is_symlink()
        await board.stop()

    asyncio.run(scenario())


def test_the_port_is_there_before_the_power_is(bench):
    async def scenario():
        board = bench.new_board(ECHO)
        with opened(board.uart(1)) as port:
            await port.write(b"to nobody")
            await until(lambda: board.wire[1].bytes_down == 9, "it is lost in the cable")
            await board.power_on()
            await bench.until_printed("echo runs")
            await port.write(b"hello")
            await port.until_received(b"hello")
        await board.stop()
        assert not board.uart(1).is_symlink()

    asyncio.run(scenario())


@pytest.mark.parametrize("port", ["board-console", "board-uart1", "board-uart2"])
def test_a_file_in_the_place_of_a_port_is_not_overwritten(bench, port):
    async def scenario():
        (bench.folder / port).write_text("precious")
        with pytest.raises(RigError, match="a file of this name exists"):
            bench.new_board("", uarts=(1, 2))
        assert (bench.folder / port).read_text() == "precious"
        assert not any(path.is_symlink() for path in bench.folder.iterdir())

    asyncio.run(scenario())


def test_an_open_port_stays_when_the_power_is_cut_and_hears_the_next_boot(bench):
    async def scenario():
        async with bench.board(ECHO) as board:
            with opened(board.uart(1)) as port:
                await board.power_cut()
                await port.write(b"to nobody")
                await until(lambda: board.wire[1].bytes_down == 9, "it is lost in the cable")
                await board.power_on()
                await port.write(b"to the node")
                await port.until_received(b"to the node")
                assert not port.is_gone

    asyncio.run(scenario())


def test_noise_in_the_cable_spoils_both_ways_until_it_is_taken_out(bench):
    class Shift:
        def up(self, data):
            return bytes(byte + 1 for byte in data)

        def down(self, data):
            return bytes(byte + 16 for byte in data)

    async def scenario():
        async with bench.board(ECHO) as board:
            with opened(board.uart(1)) as port:
                board.set_noise(1, Shift())
                await port.write(b"\x00")
                await port.until_received(b"\x11")
                board.set_noise(1, CableNoise(1, flip=0, drop=1, insert=0))
                await port.write(b"lost")
                await until(lambda: board.wire[1].bytes_down == 5, "the cable got it")
                board.set_noise(1, None)
                await port.write(b"clean")
                await port.until_received(b"\x11clean")

    asyncio.run(scenario())
