"""Images for another chip, of another program, damaged, too old, too large for the flash."""

import contextlib
import functools
import hashlib
import random
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.flashing.bundle.image import _xor, inspect, vfs_of
from tools.flashing.bundle.opening import Image
from tools.flashing.errors import FlashError
from tools.rig.esp32 import images
from tools.rig.esp32.chips import kind_of
from tools.rig.esp32.partitions import MICROPYTHON_4MB, TABLE_AT, Partition, table

OFFSETS = {"esp32": 0x1000, "esp32s3": 0}
BYTES = 310_000
BANNER = b"MicroPython v1.26.1 on 2025-09-11; Generic ESP32 module with ESP32\0"


@functools.cache
def image(kind="esp32", **how):
    return images.micropython_image(kind, size=BYTES, **how)


def code_of(data):
    with pytest.raises(FlashError) as told:
        inspect(data, "x.bin")
    assert told.value.values["image"] == "x.bin"
    return told.value.code


def with_table(data, rows, kind="esp32"):
    """Return an image with another partition table."""
    at = TABLE_AT - OFFSETS[kind]
    return data[:at] + rows.ljust(0xC00, b"\xff")[:0xC00] + data[at + 0xC00 :]


def with_app(code, kind="esp32"):
    """Return an image whose program is this code alone, rightly summed."""
    start = 0x10000 - OFFSETS[kind]
    chip = kind_of(kind)
    code += bytes(-len(code) % 4)
    return image(kind)[:start] + images.assembled(chip, 0x40080000, [(0x3F400020, code)])


@pytest.mark.parametrize("kind", OFFSETS)
def test_an_image_tells_chip_version_and_where_files_go(kind):
    found = inspect(image(kind), "x")
    assert (found.chip, found.offset) == (kind, OFFSETS[kind])
    assert (found.version, found.idf) == ("v1.26.0", images._IDF.decode())
    assert (found.vfs_offset, found.vfs_bytes) == (0x200000, 0x200000)


@pytest.mark.parametrize("kind", OFFSETS)
def test_without_a_partition_files_go_behind_the_last_one(kind):
    found = inspect(image(kind, has_vfs=False), "x")
    assert (found.vfs_offset, found.vfs_bytes) == (0x200000, None)


def test_the_partition_need_not_be_the_last_one_nor_behind_the_program():
    rows = [
        Partition("factory", 0, 0, 0x10000, 0x1D0000),
        Partition("romfs", 1, 0x8F, 0x1E0000, 0x20000),
    ]
    assert inspect(with_table(image(), table(rows)), "x").vfs_offset == 0x200000
    assert vfs_of(table(rows[::-1]), "x") == (0x200000, None)
    rows.insert(1, Partition("vfs", 1, 0x81, 0x300000, 0x100000))
    found = inspect(with_table(image(), table(rows)), "x")
    assert (found.vfs_offset, found.vfs_bytes) == (0x300000, 0x100000)


def test_what_micropython_says_at_its_start_is_its_version():
    found = inspect(with_app(b"noise" + BANNER), "x")
    assert (found.version, found.idf) == ("v1.26.1", "")
    preview = b"MicroPython (with v2.0 preview) v1.29.0-preview.12.g1c3c201 on 2026-08-19; x"
    assert inspect(with_app(preview), "x").version == "v1.29.0-preview.12.g1c3c201"


def test_what_it_says_at_its_start_counts_more_than_its_description():
    assert inspect(with_app(images._descriptor(0, "1.24.0")), "x").version == "v1.24.0"
    both = with_app(images._descriptor(0, "1.24.0") + BANNER)
    assert inspect(both, "x").version == "v1.26.1"


@pytest.mark.parametrize("version", ["v1.22.2", "v1.9.4", "v0.30.0", "1.3"])
def test_a_micropython_that_does_not_load_our_files_is_refused(version):
    code = BANNER.replace(b"v1.26.1", version.encode())
    assert code_of(with_app(code)) == "F225"


def test_a_program_that_is_no_micropython_is_refused():
    assert code_of(with_app(b"Hello from Arduino" * 20)) == "F224"


@pytest.mark.parametrize("kind", OFFSETS)
def test_every_byte_of_programs_and_table_counts(kind):
    good = image(kind)
    used = [at for at, byte in enumerate(good) if byte != 0xFF]
    table_at = TABLE_AT - OFFSETS[kind]
    choice = random.Random(5)
    places = [*range(32), *range(table_at, table_at + 32 * 5), *choice.sample(used, 100)]
    for at in places:
        bad = bytearray(good)
        bad[at] ^= 1 << choice.randrange(8)
        assert code_of(bytes(bad)) in ("F220", "F221", "F222", "F223"), at


def test_every_shorter_one_is_refused():
    good = image()
    choice = random.Random(6)
    for end in (*range(60), *choice.sample(range(len(good)), 60), len(good) - 1):
        code_of(good[:end])


def test_a_wrong_checksum_is_refused_though_the_digest_is_right():
    """The ROM looks at the one, the bootloader at the other."""
    program = with_app(BANNER)
    body = bytearray(program[:-32])
    body[-1] ^= 1
    digest = hashlib.sha256(body[0x10000 - OFFSETS["esp32"] :]).digest()
    assert code_of(bytes(body) + digest) == "F222"


@pytest.mark.parametrize("number", [2, 5, 12, 13, 18, 0xFFFF])
def test_other_chips_are_named_by_their_number(number):
    bad = bytearray(image())
    bad[12:14] = number.to_bytes(2, "little")
    with pytest.raises(FlashError) as told:
        inspect(bytes(bad), "x")
    assert (told.value.code, told.value.values["number"]) == ("F221", number)


def test_a_bootloader_of_one_chip_with_a_program_of_another_is_refused():
    start = 0x10000
    mixed = image("esp32")[: start - 0x1000] + image("esp32s3")[start:]
    assert code_of(mixed) == "F222"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (b"", "F223"),
        (table([]), "F223"),
        (table(MICROPYTHON_4MB)[: 32 * len(MICROPYTHON_4MB)], "F223"),
        (table([Partition("nvs", 1, 2, 0x9000, 0x6000)]), "F223"),
        (table([Partition("factory", 0, 0, 0, 0x6000)]), "F223"),
        (
            table(
                [
                    Partition("factory", 0, 0, 0x10000, 0x1F0000),
                    Partition("ffat", 1, 0x81, 0x200000, 0x200000),
                ]
            ),
            "F226",
        ),
    ],
)
def test_a_table_that_does_not_help_is_refused(rows, code):
    assert code_of(with_table(image(), rows)) == code


def test_a_table_alone_tells_where_files_are():
    assert vfs_of(table(MICROPYTHON_4MB), "PORT") == (0x200000, 0x200000)
    for nothing in (b"", b"\xff" * 0xC00, table([])):
        with pytest.raises(FlashError, match="F223 image=PORT"):
            vfs_of(nothing, "PORT")


def flash(vfs_offset=0x200000, vfs_bytes=None, size=BYTES):
    return Image("esp32", 0x1000, bytes(size), "", "v1.26.0", False, vfs_offset, vfs_bytes)


def test_files_have_what_is_left_of_the_flash():
    for megabytes, left in ((4, 2), (8, 6), (16, 14)):
        assert flash().vfs_size(megabytes << 20) == left << 20
        assert flash(vfs_bytes=0x200000).vfs_size(megabytes << 20) == 2 << 20


def test_a_flash_that_is_too_small_is_refused():
    for each, size in (
        (flash(), 2 << 20),
        (flash(), 1 << 20),
        (flash(vfs_bytes=0x600000), 4 << 20),
        (flash(vfs_bytes=0x200000), (4 << 20) - 1),
        (flash(vfs_offset=0x1000, vfs_bytes=0x1000), 0x1000 + BYTES - 1),
    ):
        with pytest.raises(FlashError) as told:
            each.vfs_size(size)
        assert told.value.code == "F218"
    assert flash().vfs_size((2 << 20) + 4096) == 4096


@given(st.binary(max_size=300))
def test_the_quick_sum_is_the_sum(data):
    assert _xor(data) == reduce(xor, data, 0)


@given(st.binary(max_size=40), st.integers(0, BYTES))
def test_noise_is_an_error_or_does_not_matter(noise, at):
    good = image()
    data = good[:at] + noise + good[at + len(noise) :]
    with contextlib.suppress(FlashError):
        assert inspect(data, "x") == inspect(good, "x")


@given(st.binary(max_size=0x9000))
def test_what_is_no_image_is_refused(noise):
    for data in (noise, b"\xe9" + noise):
        with pytest.raises(FlashError):
            inspect(data, "x")
