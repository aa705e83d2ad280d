"""A virtual ESP32 fails where a test wants it to: cable, chip, flash, supply."""

import asyncio
import struct

import pytest

from tests.for_tools.esp32s import esptool, esptool_at_work, mpremote
from tests.for_tools.test_esp32_port import Host, synced
from tools.rig.errors import RigError
from tools.rig.esp32.bench import Wish
from tools.rig.esp32.images import micropython_image
from tools.rig.esp32.running import running
from tools.rig.esp32.slip import framed
from tools.rig.flash import FlashFaults
from tools.rig.image import Region

pytestmark = pytest.mark.board

READ_MAGIC = framed(struct.pack("<BBHII", 0, 0x0A, 4, 0, 0x40001000))


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "micropython.bin"
    path.write_bytes(micropython_image(size=400_000))
    return path


def test_the_cable_is_pulled_at_the_byte_that_was_named(bench, tmp_path, image):
    with running(tmp_path) as [board]:
        esptool(board.port, "write-flash", "0x1000", image)
        needed = board.bytes_down
        board.until_mode("run")
        for at in (1, 46, 20_000, needed // 2, needed - 20):
            before = board.bytes_down
            board.faults.pull_after_bytes = at
            with esptool_at_work(board.port, "write-flash", "0x1000", image):
                board.until(lambda: not board.is_plugged, "the cable is pulled")
            assert board.bytes_down == before + at
            board.plug()
        said = esptool(board.port, "write-flash", "0x1000", image)
        assert "Hash of data verified" in said
        board.until_mode("run")


def test_a_download_that_was_cut_leaves_an_image_that_does_not_run(bench, tmp_path, image):
    with running(tmp_path) as [board]:
        board.faults.pull_after_bytes = 200_000
        with esptool_at_work(board.port, "write-flash", "0x1000", image):
            board.until(lambda: not board.is_plugged, "the cable is pulled")
        board.plug()
        assert board.mode == "bad image"
        board.until_printed(b"esp_image")
        read = board.flash.read_bytes()
        assert read[0x1000:0x9000] == image.read_bytes()[:0x8000]  # what came before is there
        assert set(read[-0x1000:]) == {0xFF}


def test_a_cable_that_is_pulled_counts_the_console_too(bench, tmp_path):
    with running(tmp_path, Wish(has_image=True)) as [board]:
        board.faults.pull_after_bytes = 20
        mpremote(board.port, "exec", "print(1 + 1)", fails=True)
        assert not board.is_plugged
        board.plug()
        assert "2" in mpremote(board.port, "exec", "print(1 + 1)")


def test_a_chip_that_falls_silent_answers_again_after_a_reset(bench, tmp_path):
    with running(tmp_path, Wish(has_image=True)) as [board]:
        board.faults.mute_after_bytes = 46 + len(READ_MAGIC)
        host = synced(board)
        host.write(READ_MAGIC)
        host.until_heard(b"\x83\x1d\xf0\x00")
        host.heard = b""
        host.write(READ_MAGIC)
        host.close()
        board.until_mode("run")
        board.faults.mute_after_bytes = None
        assert "ESP32" in esptool(board.port, "read-mac")


def test_a_sector_that_takes_no_data_is_found_by_the_digest(bench, tmp_path, image):
    with running(tmp_path) as [board]:
        board.faults.dead_sectors = frozenset({0x15000 // 4096})
        said = esptool(board.port, "write-flash", "0x1000", image, fails=True)
        assert "MD5 of file does not match data in flash" in said
        assert set(board.flash.read_bytes()[0x15000:0x16000]) == {0xFF}


def test_a_weak_supply_never_reaches_the_app_and_esptool_still_works(bench, tmp_path):
    with running(tmp_path, Wish(has_image=True)) as [board]:
        board.faults.brown_out = True
        board.reset()
        assert board.mode == "brown-out"
        board.until(lambda: board.printed.count(b"Brownout detector was triggered") > 1, "twice")
        assert "ESP32" in esptool(board.port, "read-mac")
        board.faults.brown_out = False
        board.reset()
        assert board.mode == "run"


def test_a_blank_flash_says_so_again_and_again_in_the_words_of_the_rom(tmp_path):
    with running(tmp_path) as [board]:
        board.until(lambda: board.printed.count(b"ets Jul 29 2019") > 1, "a second attempt")
        assert b"rst:0x1 (POWERON_RESET)" in board.printed
        assert b"invalid header: 0xffffffff\r\n" in board.printed
        host = Host(board.port)  # a person who looks
        host.until_heard(b"rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n")
        host.close()


def test_a_damaged_filesystem_is_told_until_ctrl_c_and_left_alone(bench, tmp_path):
    flash = tmp_path / "flash0.bin"
    flash.write_bytes(b"\xff" * 0x200000 + b"not a filesystem" + b"\xff" * (0x200000 - 16))
    with running(tmp_path, Wish(has_image=True)) as [board]:
        board.until_printed(b"The filesystem appears to be corrupted.")
        host = Host(board.port)
        host.write(b"\x03")
        host.until_heard(b">>> ")
        host.write(b"open('a', 'w')\r")
        host.until_heard(b"OSError: [Errno 19] ENODEV")
        host.close()
    assert flash.read_bytes()[0x200000:].startswith(b"not a filesystem")


def test_a_filesystem_in_a_region_that_loses_power_leaves_the_rest_alone(bench, tmp_path):
    path = tmp_path / "flash.bin"
    around = b"Z" * 0x40000
    path.write_bytes(around + b"\xff" * 0x80000 + around)
    faults = FlashFaults(tmp_path / "board", cut_at=4, torn_bytes=5, reorder_seed=1)

    async def scenario():
        board = bench.board_on(Region(path, 0x40000, 0x80000), flash_faults=faults)
        try:
            with pytest.raises(RigError, match="the power was cut"):
                await board.power_on()
            assert path.read_bytes()[:0x40000] == around  # also where writes were taken back
            faults.cut_at = 0
            path.write_bytes(around + b"\xff" * 0x80000 + around)
            await board.power_on()
            await bench.until_printed("Performing initial setup")
        finally:
            await board.stop()

    asyncio.run(scenario())
    assert path.read_bytes()[:0x40000] == path.read_bytes()[-0x40000:] == around
    assert faults.wear().blocks == 128
    assert faults.wear().total > 0


def test_an_erased_filesystem_is_made_by_the_board_in_its_partition(bench, tmp_path):
    with running(tmp_path, Wish(has_image=True)) as [board]:
        board.until_printed(b"Performing initial setup")
        said = mpremote(board.port, "exec", "import os; print(os.listdir(), os.statvfs('/')[2])")
        assert said.strip() == "['boot.py'] 512"
        before = board.flash.read_bytes()[:0x200000]
        mpremote(board.port, "exec", "with open('a', 'w') as f: f.write('x' * 5000)")
        board.power_cut()
        board.power_on()
        assert "5000" in mpremote(board.port, "exec", "import os; print(os.stat('a')[6])")
        assert board.flash.read_bytes()[:0x200000] == before
