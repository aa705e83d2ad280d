"""Flash images keep what was written to them, whatever happened to the board."""

import asyncio
import random

import pytest

from tools.rig.errors import RigError
from tools.rig.image import build_image, read_image, write_image

pytestmark = pytest.mark.board

FILES = {
    "/main.py": b"print('hello')\n",
    "/lib/node/a.mpy": bytes(range(256)) * 40,
    "/lib/node/deeper/still/b": b"\r\n\x00\x04 12 /not/a/header\n",
    "/empty": b"",
    "/größe und raum.txt": "µg/m³".encode(),
    "/large": random.Random(1).randbytes(300_000),
}


def test_what_was_put_in_comes_out(bench):
    image = bench.image(FILES)
    assert image.stat().st_size == 1024 * 1024
    assert read_image(image) == FILES


def test_files_are_added_and_replaced(bench):
    image = bench.image(FILES)
    write_image(image, {"/main.py": b"", "/lib/new.py": b"2"})
    assert read_image(image) == FILES | {"/main.py": b"", "/lib/new.py": b"2"}


def test_a_new_image_replaces_the_old_whole_or_not_at_all(bench):
    image = bench.image(FILES)
    with pytest.raises(RigError, match=r"cannot format the image .* /second: .*28"):
        build_image(image, {"/first": b"1", "/second": bytes(200_000)}, size_kb=64)
    assert read_image(image) == FILES
    build_image(image, {"/first": b"1"}, size_kb=64)
    assert read_image(image) == {"/first": b"1"}
    assert [path.name for path in bench.folder.iterdir()] == ["board.img"]


def test_a_file_where_a_folder_should_be_is_told(bench):
    image = bench.image({"/state": b"a file"})
    with pytest.raises(RigError, match=r"/state/boots: "):
        write_image(image, {"/state/boots": b"1"})


def test_what_is_no_image_is_told(bench):
    for content in (b"", b"text", bytes(65536)):
        (bench.folder / "wrong.img").write_bytes(content)
        with pytest.raises(RigError, match=r"cannot read the image .*wrong\.img"):
            read_image(bench.folder / "wrong.img")
    with pytest.raises(RigError, match="there is no such folder"):
        build_image(bench.folder / "nowhere" / "board.img", {})


def test_nobody_works_on_the_image_of_a_running_board(bench):
    async def scenario():
        async with bench.board("") as board:
            image = bench.folder / "board.img"
            for work in (
                lambda: read_image(image),
                lambda: write_image(image, {}),
                lambda: build_image(image, {}),
            ):
                with pytest.raises(RigError, match=r"a board runs on .*: cut its power first"):
                    work()
            await board.power_cut()
            assert read_image(image) == {"/main.py": b""}

    asyncio.run(scenario())


def test_images_are_free_as_soon_as_the_power_is_cut(bench):
    async def change(board):
        for number in range(4):
            await board.power_cut()
            image = bench.folder / f"{board.name}.img"
            await asyncio.to_thread(write_image, image, {"/state": b"%d" % number})
            await board.power_on()

    async def scenario():
        boards = [bench.new_board("", name=f"node{number}") for number in range(4)]
        await asyncio.gather(*(change(board) for board in boards))
        await asyncio.gather(*(board.stop() for board in boards))

    asyncio.run(scenario())


WRITES_FOR_EVER = """
import os
try:
    number = int(open("/kept").readline())
except OSError:
    number = 0
print("has", number)
while True:
    number += 1
    with open("/new", "wb") as file:
        for _ in range(200):
            file.write(b"%d\\n" % number)
    os.rename("/new", "/kept")
"""


def test_power_cuts_in_the_middle_of_writes_leave_a_whole_filesystem(bench):
    pauses = random.Random(5)

    async def scenario():
        last = 0
        async with bench.board(WRITES_FOR_EVER) as board:
            for _ in range(10):
                await asyncio.sleep(pauses.uniform(0.02, 0.15))
                await board.power_cut()
                files = await asyncio.to_thread(read_image, bench.folder / "board.img")
                lines = files.get("/kept", b"0\n" * 200).splitlines()
                assert len(lines) == 200
                assert len(set(lines)) == 1
                assert int(lines[0]) >= last
                last = int(lines[0])
                await board.power_on()
                await bench.until_printed(f"has {last}")
        assert last > 0

    asyncio.run(scenario())
