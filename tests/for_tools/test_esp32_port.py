"""One port for bootloader and MicroPython: who opens, closes or loses it finds the right one."""

import asyncio
import contextlib
import os
import select
import socket
import struct
import threading
import time

import pytest

from tests.for_tools.boards import until
from tests.for_tools.esp32s import PATIENCE_S, esptool, mpremote
from tools.rig.esp32.bench import Wish
from tools.rig.esp32.bootloader import SYNC_DATA
from tools.rig.esp32.port import UsbPort
from tools.rig.esp32.running import running
from tools.rig.esp32.slip import framed

pytestmark = pytest.mark.board

SYNC = framed(struct.pack("<BBHI", 0, 8, len(SYNC_DATA), 0) + SYNC_DATA)
SYNCED = b"\x01\x08\x04\x00\x07\x07\x12\x20"
MD5_OF_NOTHING = framed(struct.pack("<BBHI4I", 0, 0x13, 16, 0, 0, 0, 0, 0))

FLASH_END_AND_RUN = framed(struct.pack("<BBHII", 0, 4, 4, 0, 0))


class Host:
    """A program that has the port open, as esptool has it."""

    def __init__(self, port):
        self.descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY)
        self.heard = b""

    def write(self, data):
        os.write(self.descriptor, data)

    def until_heard(self, data):
        deadline = time.monotonic() + PATIENCE_S
        while data not in self.heard:
            assert time.monotonic() < deadline, self.heard
            if select.select([self.descriptor], [], [], 1)[0]:
                self.heard += os.read(self.descriptor, 4096)

    def close(self):
        os.close(self.descriptor)


@pytest.fixture
def board(bench, tmp_path):
    with running(tmp_path, Wish(has_image=True)) as [board]:
        yield board


def synced(board):
    host = Host(board.port)
    host.write(SYNC)
    host.until_heard(SYNCED)
    assert board.mode == "download"
    return host


@contextlib.contextmanager
def stalled(board):
    """Let the machine be busy elsewhere: the board's program comes to nothing meanwhile."""
    begun, ended = threading.Event(), threading.Event()
    board._loop.call_soon_threadsafe(lambda: begun.set() or ended.wait(PATIENCE_S))
    assert begun.wait(PATIENCE_S)
    yield
    ended.set()


def test_a_sync_in_pieces_is_a_sync(board):
    host = Host(board.port)
    for at in range(0, len(SYNC), 7):
        host.write(SYNC[at : at + 7])
        time.sleep(0.001)  # a chunk for each piece, more or less
    host.until_heard(SYNCED)
    host.close()
    board.until_mode("run")


def test_closing_the_port_runs_the_app_and_closing_it_as_a_console_does_nothing(board):
    synced(board).close()
    board.until_mode("run")
    assert "hello" in mpremote(board.port, "exec", "x = 'hello'; print(x)")
    said = mpremote(board.port, "resume", "exec", "print(x)")
    assert said.strip() == "hello"  # the same life of the interpreter


def test_the_app_that_esptool_asks_for_runs_while_the_port_is_open(board):
    host = synced(board)
    host.heard = b""
    host.write(FLASH_END_AND_RUN)
    host.until_heard(b">>> ")
    board.until_mode("run")
    host.close()


def test_a_port_that_is_opened_again_at_once_is_a_console(board):
    for _ in range(10):
        host = synced(board)
        with stalled(board):
            host.close()
            host = Host(board.port)
            host.write(b"\r\x03print(6 * 7)\r")
        host.until_heard(b"\r\n42\r\n")
        host.close()


def test_a_port_that_is_opened_again_between_a_look_and_a_read_is_a_console(tmp_path, monkeypatch):
    real = os.read
    hosts = []

    async def scenario():
        left = asyncio.Event()
        port = UsbPort(tmp_path / "port", lambda data: data, left.set)
        port.plug()
        hosts.append(Host(port.link))

        def read(descriptor, count):
            if descriptor == port._near and len(hosts) == 1:
                hosts[0].close()
                hosts.append(Host(port.link))
                hosts[1].write(b"print(1)")
            return real(descriptor, count)

        monkeypatch.setattr(os, "read", read)
        port.download(lambda data: b"never told")
        hosts[0].write(b"\xc0")
        await left.wait()
        near, board = socket.socketpair()
        near.setblocking(False)
        board.setblocking(False)
        heard = bytearray()
        asyncio.get_running_loop().add_reader(board, lambda: heard.extend(board.recv(100)))
        port.run(near.fileno())
        await until(lambda: heard == b"\xc0print(1)", "the console has all of it")
        asyncio.get_running_loop().remove_reader(board)
        port.unplug()
        hosts[1].close()
        near.close()
        board.close()

    asyncio.run(scenario())


def test_another_program_that_looks_at_the_port_ends_no_download(board):
    host = synced(board)
    for _ in range(3):
        Host(board.port).close()
    host.heard = b""
    host.write(MD5_OF_NOTHING)
    host.until_heard(b"d41d8cd98f00b204e9800998ecf8427e")
    assert board.mode == "download"
    host.close()
    board.until_mode("run")


def test_what_the_bootloader_said_is_not_what_the_next_program_reads(board):
    host = Host(board.port)
    host.write(SYNC)
    board.until_mode("download")
    host.close()  # without a look at the answer
    board.until_mode("run")
    host = Host(board.port)
    host.write(b"\r")
    host.until_heard(b">>> ")
    assert SYNCED not in host.heard
    host.close()


def test_files_that_were_written_are_there_after_a_look_with_esptool(board, tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n", encoding="ascii")
    mpremote(board.port, "fs", "cp", tmp_path / "a.py", ":/a.py")
    assert "Detected flash size: 4MB" in esptool(board.port, "flash-id")
    board.until_mode("run")
    assert "a.py" in mpremote(board.port, "fs", "ls")


@pytest.mark.parametrize(
    "main",
    [
        "while True: pass",
        "while True: print('x' * 200)",
        "import machine\nmachine.deepsleep()",
        "import micropython, time\nmicropython.kbd_intr(-1)\ntime.sleep(1000)",
    ],
)
def test_esptool_gets_through_whatever_the_board_does(board, tmp_path, main):
    (tmp_path / "main.py").write_text(main, encoding="ascii")
    mpremote(board.port, "fs", "cp", tmp_path / "main.py", ":/main.py")
    board.reset()
    assert "Detected flash size: 4MB" in esptool(board.port, "flash-id")


def test_a_program_loses_a_port_whose_cable_is_pulled_and_finds_it_again(board):
    for host in (Host(board.port), synced(board)):
        board.unplug()
        assert board.mode == "off"
        assert not os.path.lexists(board.port)
        with pytest.raises(OSError, match="Input/output error"):
            os.write(host.descriptor, b"x")
        host.close()
        board.plug()
        assert board.mode == "run"
        assert "2" in mpremote(board.port, "exec", "print(1 + 1)")


def test_a_board_without_power_has_a_port_that_is_deaf(board):
    board.power_cut()
    host = Host(board.port)
    with stalled(board):
        host.write(SYNC)
        done = asyncio.run_coroutine_threadsafe(board._esp.power_on(), board._loop)
    done.result(PATIENCE_S)
    host.close()
    assert "2" in mpremote(board.port, "exec", "print(1 + 1)")
    assert board.mode == "run"
