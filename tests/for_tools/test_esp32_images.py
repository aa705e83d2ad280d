"""An image that is not whole, or for another chip, does not run, and the chip says why."""

import hashlib
import struct
import subprocess
import sys
import zlib

import pytest

from tools.rig.esp32 import rom_log
from tools.rig.esp32.checks import Bad, Good, checked
from tools.rig.esp32.chips import KINDS
from tools.rig.esp32.flash import Flash, make_flash
from tools.rig.esp32.images import micropython_image
from tools.rig.esp32.partitions import MICROPYTHON_4MB, Partition, table

MB = 1 << 20
SIZE = 400_000
ESP32 = KINDS["esp32"]
IMAGE = micropython_image(size=SIZE)


@pytest.fixture
def look(tmp_path):
    """Return what a chip with this image on its flash finds."""

    def look(image, kind="esp32", size=4 * MB):
        path = tmp_path / f"flash{size}.bin"
        if not path.exists():
            make_flash(path, size)
        flash = Flash(path, size)
        try:
            flash.erase(0, size)
            flash.program(KINDS[kind].bootloader_at, image)
            return checked(flash, KINDS[kind])
        finally:
            flash.close()

    return look


def changed(at, *bytes_):
    """Return the image with bytes changed, by their place in the flash of an ESP32."""
    image = bytearray(IMAGE)
    image[at - 0x1000 : at - 0x1000 + len(bytes_)] = bytes_
    return bytes(image)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_whole_image_is_good_and_esptool_says_so_too(look, tmp_path, kind):
    image = micropython_image(kind, size=SIZE, seed=3, version="1.27.1")
    found = look(image, kind)
    assert isinstance(found, Good), found
    assert found.user_area == Partition("vfs", 1, 0x81, 0x200000, 0x200000)
    app = tmp_path / "app.bin"
    app.write_bytes(image[0x10000 - KINDS[kind].bootloader_at :])
    done = subprocess.run(
        [sys.executable, "-m", "esptool", "image-info", app], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    for text in ("(valid)", "App version: v1.27.1", "Project name: micropython"):
        assert text in done.stdout
    assert "(invalid" not in done.stdout


def test_a_real_images_size_and_how_far_it_compresses():
    image = micropython_image()
    assert len(image) == 1_700_000
    assert 0.60 < len(zlib.compress(image, 9)) / len(image) < 0.65
    assert micropython_image(size=SIZE) == IMAGE
    assert micropython_image(size=SIZE, seed=1) != IMAGE


def test_without_a_partition_for_files_they_have_what_is_left_of_the_flash(look):
    image = micropython_image(size=SIZE, has_vfs=False)
    for size in (4 * MB, 8 * MB):
        found = look(image, size=size)
        assert isinstance(found, Good)
        assert (found.user_area.at, found.user_area.size) == (2 * MB, size - 2 * MB)


@pytest.mark.parametrize(
    "image, words",
    [
        (b"", "invalid header: 0xffffffff"),
        (changed(0x1000, 0x00), "invalid header: 0x20020300"),
        (changed(0x1100, 0x55), "csum err:0x"),
        (IMAGE[: 0x8000 - 0x1000], "flash_parts: partition 0 invalid magic number 0xffff"),
        (changed(0x8001, 0x51), "flash_parts: partition 0 invalid magic number 0x51aa"),
        (changed(0x8004, 0x01), "flash_parts: Incorrect MD5 checksum"),
        (IMAGE[: 0x10000 - 0x1000], "image at 0x10000 has invalid magic byte (nothing flashed"),
        (changed(0x1000C, 9), "mismatch chip ID, expected 0, found 9"),
        (changed(0x10001, 17), "esp_image"),
        (changed(0x1001F, 0x10), "invalid segment length 0x10"),
        (changed(0x20000, IMAGE[0x1F000] ^ 1), "esp_image: Checksum failed. Calculated 0x"),
        (changed(0x10004, 0x77), "esp_image: Image hash failed - image is corrupt"),
        (IMAGE[:-40] + b"\xff" * 40, "esp_image"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_rom_and_bootloader(look, image, words):
    found = look(image)
    assert isinstance(found, Bad)
    assert words in found.said


def test_an_image_for_another_chip_is_bad(look):
    found = look(micropython_image("esp32s3", size=SIZE), kind="esp32c3")
    assert isinstance(found, Bad)
    assert "mismatch chip ID, expected 5, found 9" in found.said


def test_an_image_that_was_cut_anywhere_is_bad(look):
    for end in [*range(0, len(IMAGE), 40_000), len(IMAGE) - 1]:
        if IMAGE[end:].strip(b"\xff"):
            assert isinstance(look(IMAGE[:end]), Bad), end


def test_a_partition_beyond_the_end_of_the_flash_is_bad(look):
    far = (*MICROPYTHON_4MB[:-1], Partition("vfs", 1, 0x81, 2 * MB, 4 * MB))
    found = look(changed(0x8000, *table(far)))
    assert isinstance(found, Bad)
    assert "exceeds flash chip size 0x400000" in found.said


def test_a_table_without_an_app_is_bad(look):
    found = look(changed(0x8000, *table(MICROPYTHON_4MB[:2])))
    assert isinstance(found, Bad)
    assert "No bootable app partitions" in found.said


def test_esptool_may_change_how_the_flash_is_read(look):
    """It changes the bootloader's header, and its digest, which the ROM does not look at."""
    image = bytearray(IMAGE)
    image[2:4] = 0x00, 0x3F  # QIO, 8 MB, 80 MHz
    assert isinstance(look(bytes(image)), Good)


def test_the_log_tells_what_was_loaded_and_never_a_bare_line_feed(look):
    found = look(IMAGE)
    said = rom_log.start(ESP32, found)
    for address, size in found.loads:
        assert f"load:0x{address:08x},len:{size}\r\n".encode() in said
    assert said.count(b"\n") == said.count(b"\r\n")
    assert b"waiting for download" in rom_log.download(ESP32)


def test_headers_are_those_of_esp_idf():
    magic, segments, _, _, entry = struct.unpack_from("<4BI", IMAGE)
    assert (magic, segments, entry) == (0xE9, 3, 0x400805B0)
    app = IMAGE[0xF000:]
    assert struct.unpack_from("<I", app, 32)[0] == 0xABCD5432
    assert app[-32:] == hashlib.sha256(app[:-32]).digest()
