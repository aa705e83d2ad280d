"""Filesystems that the real MicroPython mounts, and flash that holds nothing or nonsense."""

import os
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.flashing import filesystem
from tools.flashing.errors import FlashError
from tools.flashing.filesystem import BLOCK_BYTES, build, read
from tools.rig.errors import RigError
from tools.rig.image import build_image, read_image, write_image

SIZE = 2 << 20
FILES = {
    "/boot.py": b"print(1)\n",
    "/empty": b"",
    "/lib/node/app.mpy": bytes(range(256)) * 20,
    "/lib/node/drivers/a.mpy": b"a" * 128,
    "/lib/node/drivers/b.mpy": b"b" * 129,
    "/lib/radio/x.mpy": b"\xff" * BLOCK_BYTES,
    "/large": random.Random(1).randbytes(70_000),
}


def image_file(folder, image, size=SIZE):
    """Return a file that is a partition: the image, and erased flash behind it."""
    path = folder / "flash.bin"
    path.write_bytes(image.ljust(size, b"\xff"))
    return path


@pytest.mark.parametrize("size", [SIZE, 6 << 20, 14 << 20, 4096 * 300])
def test_the_real_interpreter_mounts_it_and_reads_every_byte(micropython, tmp_path, size):
    path = image_file(tmp_path, build(FILES, size), size)
    assert read_image(path) == FILES


def test_the_real_interpreter_goes_on_writing(micropython, tmp_path):
    path = image_file(tmp_path, build(FILES, SIZE))
    wanted = dict(FILES)
    for turn in range(8):
        more = {f"/state/{n}": bytes([turn, n]) * 3000 for n in range(6)}
        more |= {"/boot.py": b"x" * turn * 200, "/large": b"y" * 50_000}
        write_image(path, more)
        wanted |= more
        assert read_image(path) == wanted
    assert read(path.read_bytes(), SIZE) == wanted


def test_the_real_interpreter_can_use_all_that_is_behind_it(micropython, tmp_path):
    image = build(FILES, SIZE)
    path = image_file(tmp_path, image)
    wanted = {**FILES, "/fill": bytes(SIZE - len(image) - 16 * BLOCK_BYTES)}
    write_image(path, {"/fill": wanted["/fill"]})
    assert read_image(path) == wanted
    with pytest.raises(RigError):
        write_image(path, {"/more": bytes(20 * BLOCK_BYTES)})
    assert read_image(path)["/fill"] == wanted["/fill"]


def test_what_the_interpreter_made_is_read(micropython, tmp_path):
    path = tmp_path / "flash.bin"
    build_image(path, FILES, SIZE >> 10)
    assert read(path.read_bytes(), SIZE) == FILES


def test_only_used_blocks_are_handed_over():
    image = build(FILES, SIZE)
    assert len(image) % BLOCK_BYTES == 0
    blocks = sum(-(-len(data) // BLOCK_BYTES) for data in FILES.values())
    assert len(image) // BLOCK_BYTES <= blocks + 2 * 5 + 6
    assert len(build({}, SIZE)) == 2 * BLOCK_BYTES


def test_the_same_files_give_the_same_bytes_in_any_order():
    assert build(FILES, SIZE) == build(dict(reversed(FILES.items())), SIZE)
    code = (
        "import sys, hashlib; from tests.for_tools.test_filesystem_image import *; "
        "print(hashlib.sha256(build(FILES, SIZE)).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_a_file_is_within_its_folder_only_where_the_cache_of_micropython_holds_it():
    for size in (1, 128, 129, 500):
        has_its_own = len(build({"/x": b"x" * size}, SIZE)) > 2 * BLOCK_BYTES
        assert has_its_own == (size > 128)


def test_names_that_are_no_text_are_an_error():
    flash = filesystem._Flash(b"\xff" * SIZE)
    made = filesystem._filesystem(flash, SIZE // BLOCK_BYTES)
    made.filename_encoding = "latin-1"
    made.format()
    made.mount()
    made.mkdir("/\xff")
    made.unmount()
    with pytest.raises(FlashError, match="F251"):
        read(bytes(flash.buffer), SIZE)


def test_files_that_do_not_fit_are_an_error():
    for files, size in (
        ({"/x": bytes(SIZE)}, SIZE),
        ({"/x": b""}, BLOCK_BYTES),
        ({f"/{n}/x": b"" for n in range(20)}, 16 * BLOCK_BYTES),
        ({}, 0),
    ):
        with pytest.raises(FlashError, match="F250"):
            build(files, size)


def test_files_may_fill_all_there_is():
    size = 40 * BLOCK_BYTES
    files = {f"/{n}": bytes([n]) * 4000 for n in range(36)}
    assert read(build(files, size), size) == files


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.from_regex(r"/[a-z]{1,3}(/[A-Z_.]{1,12}){1,2}", fullmatch=True).filter(
            lambda path: not {".", ".."} & set(path.split("/"))
        ),
        st.integers(0, 9000).map(lambda size: bytes([size % 251]) * size),
        max_size=12,
    )
)
def test_any_files_come_back(files):
    folders = {path.rpartition("/")[0] for path in files}
    if not any(f"{path}/".startswith(f"{name}/") for path in folders for name in files):
        assert read(build(files, 1 << 20), 1 << 20) == files


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff" * SIZE, bytes(SIZE), b"MSDOS5.0" * 1000, build(FILES, SIZE)[BLOCK_BYTES * 2 :]],
)
def test_flash_without_a_filesystem_is_an_error(data):
    with pytest.raises(FlashError, match="F251"):
        read(data, SIZE)


def test_a_filesystem_of_another_size_is_an_error():
    for size in (SIZE // 2, 2 * SIZE):
        with pytest.raises(FlashError, match="F251"):
            read(build(FILES, SIZE), size)


def test_damaged_flash_is_files_or_an_error_and_nothing_else():
    files = {f"/{folder}/{name}": name.encode() * 50 for folder in "abcd" for name in "xyz"}
    good, choice = build(files, SIZE), random.Random(3)
    used = [at for at, byte in enumerate(good) if byte != 0xFF]
    outcomes = {"F251": 0, "files": 0}
    for _ in range(200):
        bad = bytearray(good)
        for at in choice.sample(used, choice.randrange(1, 12)):
            bad[at] = choice.randrange(256)
        try:
            found = read(bytes(bad), SIZE)
        except FlashError as e:
            outcomes[e.code] += 1
        else:
            assert all(isinstance(data, bytes) for data in found.values())
            outcomes["files"] += 1
    assert min(outcomes.values()) > 20


def test_folders_that_are_within_themselves_are_an_error():
    """What somebody may have put together: the blocks of a folder in place of those within it."""
    flash = filesystem._Flash(b"\xff" * SIZE)
    made = filesystem._filesystem(flash, SIZE // BLOCK_BYTES)
    made.format()
    made.mount()
    for folder in ("/outer", "/inner"):
        made.mkdir(folder)
    made.rename("/inner", "/outer/inner")
    made.unmount()
    good, told = bytes(flash.buffer), set()
    used = [at for at in range(0, SIZE, BLOCK_BYTES) if good[at : at + 8] != b"\xff" * 8]
    for source in used:
        for target in used:
            block = good[source : source + BLOCK_BYTES]
            try:
                read(good[:target] + block + good[target + BLOCK_BYTES :], SIZE)
            except FlashError as e:
                told.add(str(e.values["why"]))
    assert any(why.startswith("too much at /outer/inner/inner") for why in told)


def test_flash_that_was_read_in_part_is_an_error():
    good = build(FILES, SIZE)
    for end in range(0, len(good), BLOCK_BYTES):
        with pytest.raises(FlashError, match="F251"):
            read(good[:end], SIZE)
