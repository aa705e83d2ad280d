"""Ports that are not there, not allowed, not free, or gone in the middle."""

import errno
import os
import pwd
import subprocess
import sys
import tty
from types import SimpleNamespace

import pytest
import serial

from tools.flashing import ports
from tools.flashing.errors import FlashError
from tools.flashing.ports import Port

HOLDS = """
import os, sys
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
print("open", flush=True)
input()
"""


@pytest.fixture
def pty():
    """A port without a board: the path of a PTY whose other end is in this process."""
    near, far = os.openpty()
    tty.setraw(far)
    yield os.ttyname(far)
    os.close(near)
    os.close(far)


def code_of(call, *arguments):
    with pytest.raises(FlashError) as caught:
        call(*arguments)
    return caught.value


def usb(device, location, **more):
    fields = {"description": "n/a", "serial_number": None, "vid": 0x10C4, **more}
    return SimpleNamespace(device=device, location=location, **fields)


def test_usb_ports_come_in_the_order_of_their_sockets_and_others_by_their_globs(
    tmp_path, monkeypatch
):
    there = [
        usb("/dev/ttyUSB1", "1-1.4", description="CP2102", serial_number="0001"),
        usb("/dev/ttyUSB0", "1-1.2"),
        usb("/dev/ttyS0", None, vid=None),
    ]
    monkeypatch.setattr(ports.list_ports, "comports", lambda: there)
    for name in ("tty1", "tty0"):
        (tmp_path / name).touch()
    (tmp_path / "usb-board").symlink_to("/dev/ttyUSB0")
    assert ports.found([f"{tmp_path}/tty*", f"{tmp_path}/*"]) == [
        Port("/dev/ttyUSB0", "1-1.2", "", "", True),
        Port("/dev/ttyUSB1", "1-1.4", "CP2102", "0001", True),
        Port(f"{tmp_path}/tty0"),
        Port(f"{tmp_path}/tty1"),
    ]


def test_a_port_that_is_not_there(tmp_path):
    error = code_of(ports.opened, f"{tmp_path}/ttyUSB9")
    assert (error.code, error.values) == ("F101", {"port": f"{tmp_path}/ttyUSB9"})


def test_a_port_behind_a_link_that_leads_nowhere(tmp_path):
    (tmp_path / "tty0").symlink_to(tmp_path / "gone")
    assert code_of(ports.opened, f"{tmp_path}/tty0").code == "F101"


def test_a_port_that_this_user_may_not_open_names_the_group_that_may(pty, monkeypatch):
    def refuse(*_, **__):
        raise serial.SerialException(errno.EACCES, "Permission denied")

    monkeypatch.setattr(ports.serial, "serial_for_url", refuse)
    error = code_of(ports.opened, pty)
    assert error.code == "F102"
    assert error.values["group"] in ("tty", "dialout", pwd.getpwuid(os.getuid()).pw_name)


def test_a_port_that_another_program_holds_names_it(pty):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, pty],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "open\n"
        [holder] = ports.holders(pty)
        assert holder.pid == other.pid
        assert holder.name.startswith("python")
        error = code_of(ports.opened, pty)
        assert (error.code, error.values["holder"]) == ("F103", f"{holder.name} ({holder.pid})")
        other.communicate("\n")
    assert ports.holders(pty) == []
    ports.let_go(ports.opened(pty))


def test_who_made_a_pty_is_the_board_and_does_not_hold_it():
    script = "import os; print(os.ttyname(os.openpty()[1]), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as board:
        path = board.stdout.readline().strip()
        assert ports.holders(path) == []
        ports.let_go(ports.opened(path))
        board.communicate("\n")


def test_a_port_that_this_program_works_on_already_is_busy(pty):
    first = ports.opened(pty)
    error = code_of(ports.opened, pty)
    assert (error.code, error.values["holder"]) == ("F103", f"neckar-flash ({os.getpid()})")
    ports.let_go(first)
    ports.let_go(ports.opened(pty))


def test_a_file_that_is_no_port_and_an_address_that_is_none(tmp_path):
    (tmp_path / "notes.txt").touch()
    for path in (f"{tmp_path}/notes.txt", "nonsense://board", "rfc2217://localhost:1"):
        error = code_of(ports.opened, path)
        assert error.code == "F105"
        assert error.values["why"]
        assert "\n" not in error.values["why"]


def test_a_port_that_took_no_data_is_not_one_that_was_pulled():
    assert ports.pulled("p", serial.SerialTimeoutException("Write timeout")).code == "F106"
    assert ports.pulled("p", serial.SerialException("device reports readiness")).code == "F104"
    assert ports.pulled("p", OSError(errno.EIO, "Input/output error")).code == "F104"


def test_a_reset_leaves_io0_high_and_a_pty_has_none(pty):
    moves = []

    class Lines:
        def __setattr__(self, name, value):
            moves.append((name, value))

        def close(self):
            moves.append("closed")

    assert ports.pulse_reset(Lines())
    assert moves == [("dtr", False), ("rts", True), ("rts", False)]
    moves.clear()
    ports.let_go(Lines())
    assert moves == [("rts", False), ("dtr", False), "closed"]
    port = ports.opened(pty)
    assert not ports.pulse_reset(port)
    ports.let_go(port)


def test_a_reset_of_a_port_that_is_gone_is_an_error():
    class Gone:
        dtr = property(lambda self: True, lambda self, on: None)

        @property
        def rts(self):
            return True

        @rts.setter
        def rts(self, on):
            raise OSError(errno.EIO, "Input/output error")

        def close(self):
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        ports.pulse_reset(Gone())
    ports.let_go(Gone())  # the next board waits for this thread


def test_nobody_holds_what_is_not_there(tmp_path):
    assert ports.holders(f"{tmp_path}/tty0") == []
