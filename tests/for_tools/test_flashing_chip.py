"""Chips that do not answer, do not fit, do not keep what is written, or lose their cable."""

import asyncio
import threading

import pytest
from esptool import cmds
from esptool.loader import ESPLoader
from esptool.targets import CHIP_DEFS
from esptool.util import FatalError, UnsupportedCommandError
from serial import rfc2217

from tests.for_tools.boards import until
from tools.flashing import chip as chips
from tools.flashing import ports
from tools.flashing.chip import open_chip
from tools.flashing.errors import FlashError
from tools.rig.esp32.bench import Wish
from tools.rig.esp32.esp32 import VirtualEsp32
from tools.rig.esp32.images import micropython_image
from tools.rig.esp32.rfc2217 import served
from tools.rig.esp32.running import running

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("micropython")]

IMAGE_BYTES = 400_000
AT = 0x1000
PART_AT = 0x1A0000
PART = bytes(range(256)) * 64


@pytest.fixture(scope="module")
def image():
    """A MicroPython for an ESP32."""
    return micropython_image("esp32", size=IMAGE_BYTES)


@pytest.fixture
def board(tmp_path):
    """A bare ESP32."""
    with running(tmp_path) as [board]:
        yield board


def failing(call, *arguments, **options):
    """Return the FlashError that a call ends with."""
    with pytest.raises(FlashError) as caught:
        call(*arguments, **options)
    return caught.value


@pytest.mark.parametrize("kind", ["esp32", "esp32s3"])
def test_it_says_who_it_is_and_nothing_is_printed(tmp_path, capfd, kind):
    with running(tmp_path, Wish(kind=kind, flash_bytes=8 << 20)) as [board]:
        with open_chip(board.port) as chip:
            assert (chip.kind, chip.flash_size, chip.baud) == (kind, 8 << 20, 921600)
            assert chip.mac == board.mac.hex(":")
            assert any("Stub" in line or "stub" in line for line in chip.said)
        board.until_mode("bad image")
    assert capfd.readouterr() == ("", "")


def test_what_is_written_is_in_the_flash_and_then_runs(board, image):
    told = []
    with open_chip(board.port, on_progress=lambda done, total: told.append((done, total))) as chip:
        chip.write([(AT, image), (PART_AT, PART)])
        assert chip.read(PART_AT, 5000) == PART[:5000]
        assert chip.md5(PART_AT, 256) == "e2c865db4162bed963bfaa9ef6ac18f0"
    flash = board.flash.read_bytes()
    assert flash[AT : AT + len(image)] == image
    assert flash[PART_AT : PART_AT + len(PART)] == PART
    assert told == sorted(told)
    assert told[-1] == (len(image) + len(PART),) * 2
    assert len({total for _, total in told}) == 1
    board.until_mode("run")


def test_erasing_takes_what_is_not_written(board):
    with open_chip(board.port) as chip:
        chip.write([(PART_AT, PART)])
        chip.write([(0x10000, PART)], erase_all=True)
        assert chip.read(PART_AT, 4096) == b"\xff" * 4096
        chip.erase()
        assert chip.read(0x10000, 4096) == b"\xff" * 4096


def test_two_boards_in_two_threads_do_not_hear_each_other(tmp_path):
    sizes = (30_000, 70_000)
    told = [[], []]

    def write(number, port):
        listen = told[number].append
        with open_chip(port, on_progress=lambda done, total: listen((done, total))) as chip:
            chip.write([(AT, bytes(sizes[number]))])

    with running(tmp_path, Wish(count=2)) as boards:
        threads = [
            threading.Thread(target=write, args=(number, board.port))
            for number, board in enumerate(boards)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [{total for _, total in each} for each in told] == [{30_000}, {70_000}]
    assert [each[-1][0] for each in told] == [30_000, 70_000]


def test_what_does_not_fit_is_refused_before_anything_is_erased(board):
    with open_chip(board.port) as chip:
        chip.write([(PART_AT, PART)])
        error = failing(chip.write, [(AT, PART), ((4 << 20) - 100, PART)], erase_all=True)
        assert (error.code, error.values["size"]) == ("F116", 4 << 20)
        assert chip.read(PART_AT, 256) == PART[:256]


def test_an_image_for_another_chip_is_refused(board):
    with open_chip(board.port) as chip:
        error = failing(chip.write, [(AT, micropython_image("esp32s3", size=IMAGE_BYTES))])
    assert (error.code, error.values["at"]) == ("F119", "0x1000")
    assert "ESP32 image" in error.values["why"]


def test_a_sector_that_takes_no_data_is_named(board):
    board.faults.dead_sectors = frozenset({PART_AT // 4096})
    with open_chip(board.port) as chip:
        chip.write([(0x10000, PART)])
        error = failing(chip.write, [(PART_AT, PART)])
    assert (error.code, error.values["at"]) == ("F118", "0x1a0000")


def test_a_cable_that_is_pulled_is_told_and_the_next_run_completes(board, image):
    _written(board, image)
    needed = board.bytes_down
    for count in (30, needed // 2, needed - 60):
        board.faults.pull_after_bytes = count
        error = failing(lambda: _written(board, image))
        assert error.code in ("F104", "F110"), count
        board.plug()
    assert _written(board, image) == 4 << 20


def _written(board, image):
    with open_chip(board.port, attempts=1) as chip:
        chip.write([(AT, image)])
        return chip.flash_size


def test_a_port_where_nobody_answers(tmp_path):
    with running(tmp_path) as [board]:
        board.power_cut()
        assert failing(open_chip, board.port, attempts=1).code == "F110"


def test_a_chip_that_answers_now_and_then_does_not_keep_us_for_minutes(board, monkeypatch):
    monkeypatch.setattr(chips, "_CONNECT_S", 0.1)
    monkeypatch.setattr(ESPLoader, "sync", _no_sync)
    assert failing(open_chip, board.port, attempts=1000).code == "F110"


def _no_sync(esp):
    raise FatalError("Serial data stream stopped: Possible serial noise or corruption.")


def test_a_wire_that_is_too_bad_for_the_rate_gets_a_slower_one(board, monkeypatch):
    change = ESPLoader.change_baud

    def fails_above(esp, baud):
        if baud > 460800:
            raise FatalError("No serial data received.")
        change(esp, baud)

    monkeypatch.setattr(ESPLoader, "change_baud", fails_above)
    notes = []
    with open_chip(board.port, on_note=notes.append) as chip:
        assert chip.baud == 460800
        chip.write([(PART_AT, PART)])
    assert [(note.code, note.values["baud"]) for note in notes] == [("F122", 921600)]


def test_a_wire_that_carries_no_other_rate_is_used_as_it_is(board, monkeypatch):
    monkeypatch.setattr(chips, "_carries", lambda esp, baud: False)
    notes = []
    with open_chip(board.port, on_note=notes.append) as chip:
        assert chip.baud == ports.ROM_BAUD
    assert [note.values["baud"] for note in notes] == [921600, 460800]


def test_a_locked_chip_is_not_touched(board, monkeypatch):
    for name in ("get_secure_boot_enabled", "get_flash_encryption_enabled"):
        with monkeypatch.context() as patch:
            patch.setattr(CHIP_DEFS["esp32"], name, lambda esp: True)
            assert failing(open_chip, board.port).code == "F114"
    monkeypatch.setattr(cmds, "detect_chip", _in_secure_download_mode)
    assert failing(open_chip, board.port).code == "F114"
    ports.let_go(ports.opened(board.port))


def _in_secure_download_mode(port, baud, **_):
    esp = CHIP_DEFS["esp32s3"](port, baud)
    esp.secure_download_mode = True
    return esp


def test_a_flash_that_does_not_tell_its_size(board, monkeypatch):
    monkeypatch.setattr(cmds, "detect_flash_size", lambda esp: None)
    assert failing(open_chip, board.port).code == "F115"
    ports.let_go(ports.opened(board.port))


# What esptool 5 says, from its sources, and what it is for a technician.
SAID = (
    (
        "Failed to connect to Espressif device: Wrong boot mode detected (0x13)! The chip needs to"
        " be in download mode.",
        "F111",
    ),
    (
        "Failed to connect to Espressif device: Download mode successfully detected, but getting no"
        " sync reply: The serial TX path seems to be down.",
        "F112",
    ),
    ("Failed to connect to Espressif device: No serial data received.", "F110"),
    ("Unexpected chip ID value 99. Failed to autodetect chip type.", "F113"),
    ("Secure Boot V1 detected, writing to flash regions < 0x8000 is disabled", "F114"),
    ("Active security features detected, erasing flash is disabled", "F114"),
    ("Failed to write to target flash after seq 3 (result was 0106: Operation failed)", "F117"),
    ("Failed to enter compressed flash mode (result was C400: Failed SPI operation)", "F117"),
    ("MD5 of file does not match data in flash!", "F118"),
    ("Write failed, the written flash region is empty.", "F118"),
    ("Input requires chip revision v3.0 or higher (this chip is revision v1.0).", "F119"),
    ("Serial data stream stopped: Possible serial noise or corruption.", "F120"),
    ("Packet content transfer stopped (received 8 bytes).", "F120"),
    ("Guru Meditation Error detected.", "F120"),
)


@pytest.mark.parametrize(("text", "code"), SAID)
def test_what_esptool_says_becomes_a_code(board, monkeypatch, text, code):
    def fail(*_, **__):
        raise FatalError(text)

    with open_chip(board.port) as chip:
        monkeypatch.setattr(cmds, "write_flash", fail)
        error = failing(chip.write, [(PART_AT, PART)])
    assert error.code == code
    assert "\n" not in str(error)


def test_a_command_that_the_chip_does_not_take_is_a_lock(board, monkeypatch):
    with open_chip(board.port) as chip:

        def fail(*_, **__):
            raise UnsupportedCommandError(chip._esp, 0x11)

        monkeypatch.setattr(cmds, "write_flash", fail)
        assert failing(chip.write, [(PART_AT, PART)]).code == "F114"


def test_the_checksum_is_that_of_esptool():
    for size in (0, 1, 2, 3, 255, 256, 257, 16384):
        data = bytes(7 * i + size & 0xFF for i in range(size))
        assert chips._checksum(data) == ESPLoader.checksum(data)


def test_a_board_runs_after_an_error_too(board, image):
    with open_chip(board.port) as chip:
        chip.write([(AT, image)])
    board.until_mode("run")
    with pytest.raises(ZeroDivisionError), open_chip(board.port):
        _ = 1 / 0
    board.until_mode("run")
    ports.let_go(ports.opened(board.port))


@pytest.mark.filterwarnings("ignore:set(Daemon|Name)")  # of pyserial
def test_with_real_lines_the_circuit_brings_it_into_download_mode_and_out(
    tmp_path, image, monkeypatch
):
    # pyserial settles all of a link anew for each timeout, a third of a second for each command.
    settable = property(lambda port: port._timeout, lambda port, s: setattr(port, "_timeout", s))
    monkeypatch.setattr(rfc2217.Serial, "timeout", settable)

    """esptool's checks of the link take seconds over RFC 2217: so nothing is written here."""

    async def scenario():
        esp = VirtualEsp32(tmp_path / "flash.bin", state_dir=tmp_path)
        with esp.flash.open("r+b") as file:
            file.seek(AT)
            file.write(image)
        await esp.power_on()
        async with served(esp) as address:
            chip = await asyncio.to_thread(open_chip, address)
            assert esp.mode == "download"
            await asyncio.to_thread(chip.close)
            await until(lambda: esp.mode == "run", "it runs")
        await esp.stop()

    asyncio.run(scenario())
