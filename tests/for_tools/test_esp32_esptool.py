"""The real esptool takes the virtual ESP32 for a chip: it finds, writes, checks, reads, erases."""

import zlib

import pytest

from tests.for_tools.esp32s import esptool, mpremote
from tools.rig.esp32.bench import Wish
from tools.rig.esp32.images import micropython_image
from tools.rig.esp32.running import running

pytestmark = pytest.mark.board

MB = 1 << 20


@pytest.mark.parametrize(
    "kind, flash_bytes, name, size",
    [
        ("esp32", 4 * MB, "ESP32-D0WD-V3 (revision v3.1)", "4MB"),
        ("esp32s3", 8 * MB, "ESP32-S3 (QFN56) (revision v0.2)", "8MB"),
        ("esp32c3", 4 * MB, "ESP32-C3 (QFN32) (revision v0.2)", "4MB"),
    ],
)
def test_chip_address_and_size_of_the_flash_are_found(tmp_path, kind, flash_bytes, name, size):
    with running(tmp_path, Wish(kind=kind, flash_bytes=flash_bytes)) as [board]:
        said = esptool(board.port, "flash-id")
    assert name in said
    assert board.mac.hex(":") in said
    assert f"Detected flash size: {size}" in said


@pytest.mark.parametrize("kind, at", [("esp32", "0x1000"), ("esp32s3", "0")])
def test_an_image_is_written_checked_and_runs(bench, tmp_path, kind, at):
    image = tmp_path / "micropython.bin"
    image.write_bytes(micropython_image(kind, size=400_000))
    with running(tmp_path, Wish(kind=kind)) as [board]:
        assert board.mode == "bad image"
        said = esptool(board.port, "--baud", "921600", "write-flash", "--erase-all", at, image)
        assert "Hash of data verified" in said
        assert "compressed" in said
        board.until_mode("run")
        said = mpremote(board.port, "exec", "import machine; print(machine.unique_id().hex())")
        assert said.strip() == board.mac.hex()
        assert "Verification successful" in esptool(board.port, "verify-flash", at, image)


def test_what_the_rom_writes_without_a_stub_reads_back_the_same(tmp_path):
    data = bytes(range(256)) * 20 + b"\xc0\xdb" * 700
    (tmp_path / "data").write_bytes(data)
    with running(tmp_path) as [board]:
        for options in ([], ["--compress"]):
            said = esptool(
                board.port, "--no-stub", "write-flash", *options, "0x3000", tmp_path / "data"
            )
            assert "Hash of data verified" in said
        esptool(board.port, "--no-stub", "read-flash", "0x3000", str(len(data)), tmp_path / "read")
        assert (tmp_path / "read").read_bytes() == data
        assert board.flash.read_bytes()[0x3000 : 0x3000 + len(data)] == data


def test_the_stub_reads_a_megabyte_as_it_is(tmp_path):
    with running(tmp_path) as [board]:
        esptool(board.port, "read-flash", "0", str(MB), tmp_path / "read")
        assert (tmp_path / "read").read_bytes() == board.flash.read_bytes()[:MB]


def test_erasing_takes_the_sectors_it_names_and_no_other(tmp_path):
    (tmp_path / "data").write_bytes(zlib.compress(bytes(3), 0) * 1000)
    with running(tmp_path) as [board]:
        esptool(board.port, "write-flash", "0x10000", tmp_path / "data")
        before = board.flash.read_bytes()
        esptool(board.port, "erase-region", "0x11000", "0x1000")
        after = board.flash.read_bytes()
        assert after[0x11000:0x12000] == b"\xff" * 0x1000
        assert after[:0x11000] == before[:0x11000]
        assert after[0x12000:] == before[0x12000:]
        esptool(board.port, "erase-flash")
        assert set(board.flash.read_bytes()) == {0xFF}


def test_an_image_for_another_chip_is_refused(tmp_path):
    image = tmp_path / "micropython.bin"
    image.write_bytes(micropython_image("esp32s3", size=400_000))
    with running(tmp_path) as [board]:
        said = esptool(board.port, "write-flash", "0x1000", image, fails=True)
    assert "not an ESP32 image" in said


def test_esptool_that_was_told_another_chip_says_so(tmp_path):
    with running(tmp_path, Wish(kind="esp32c3")) as [board]:
        said = esptool(board.port, "--chip", "esp32", "flash-id", fails=True)
    assert "This chip is ESP32-C3, not ESP32" in said
