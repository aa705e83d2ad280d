"""Flash that loses its power, tears and reorders writes, has bad blocks, and wears."""

import asyncio
import os
import subprocess

import pytest

from tests.for_tools.boards import PATIENCE_S, until
from tools.rig.flash import FlashFaults
from tools.rig.image import DEVICE, read_image
from tools.rig.interpreter import find_micropython

pytestmark = pytest.mark.board

REPLACE = """
import os
with open("new", "wb") as f:
    f.write(b"new" * 500)
os.rename("new", "kept")
print("end")
"""
KEPT = b"old" * 500


async def ended(bench, board):
    """Wait until a board is off, or says that it has done all."""
    off = asyncio.create_task(board.run())
    await until(lambda: off.done() or b"end" in bench.printed, "it ends")


@pytest.fixture
def faults(tmp_path):
    """No faults yet."""
    return FlashFaults(tmp_path / "flash")


@pytest.fixture
def script(micropython, tmp_path, faults):
    """Run lines with `flash`, a chip of four blocks of zeros; return what it has after a cut."""
    image, control = tmp_path / "raw.img", tmp_path / "control"

    def run(lines, is_cut=True):
        image.write_bytes(bytes(4 * 4096))
        variables = {f"NECKAR_RIG_{name}": text for name, text in faults.environment().items()}
        descriptor = os.open(control, os.O_CREAT | os.O_WRONLY, 0o600)
        opening = f"from rig_flash_faults import FailingFlash; flash = FailingFlash('{image}')"
        done = subprocess.run(
            [find_micropython(), "-c", f"{opening}\n{lines}"],
            env={**os.environ, **variables, "MICROPYPATH": str(DEVICE)}
            | {"NECKAR_RIG_CONTROL": str(descriptor)},
            pass_fds=[descriptor],
            check=True,
            stdout=subprocess.PIPE,
        )
        os.close(descriptor)
        if is_cut:
            faults.lose(image)
        return image.read_bytes(), done.stdout.decode()

    return run


def test_power_that_goes_at_any_operation_leaves_the_old_file_or_the_new_one(bench, faults):
    async def scenario():
        found = []
        for faults.cut_at in range(1, 100):
            image = bench.image({"/main.py": REPLACE.encode(), "/kept": KEPT})
            faults.torn_bytes = faults.cut_at * 7 % 100
            board = bench.board_on(image, flash_faults=faults)
            bench.printed.clear()
            await board.power_on(PATIENCE_S)
            await ended(bench, board)
            is_done = b"end" in bench.printed
            await board.stop()
            found.append(read_image(image)["/kept"])
            if is_done:
                break
        assert set(found) == {KEPT, b"new" * 500}
        assert found == sorted(found, reverse=True)  # old up to some cut, new from then on
        assert len(found) > 5

    asyncio.run(scenario())


def test_a_torn_write_reaches_the_flash_in_part(script, faults):
    faults.cut_at, faults.torn_bytes = 2, 3
    cut = "import rig_flash_faults\nrig_flash_faults.leave = lambda word: print(word)\n"
    content, printed = script(
        cut + "flash.writeblocks(0, b'abcdef', 8)\nflash.writeblocks(1, b'ghijkl', 0)\n"
    )
    assert content[:16] == bytes(8) + b"abcdef\0\0"
    assert printed == "cut\n"
    assert content[4096:4102] in (b"ghi\0\0\0", b"ghijkl")
    faults.cut_at = 1
    content, _ = script(cut + "raise SystemExit if flash.ioctl(6, 3) else SystemExit", False)
    assert content[3 * 4096 :].startswith(b"\xff\xff\xff")


WRITES = """
for i in range(8):
    flash.writeblocks(0, bytes([65 + i]) * 2, 2 * i)
flash.ioctl(3, 0)
for i in range(8):
    flash.writeblocks(i % 3, bytes([97 + i]) * 2, 2 * i)
flash.ioctl(6, 3)
"""


def test_what_was_synced_stays_and_of_the_rest_any_part_may_be_missing(script, faults):
    seen = set()
    for faults.reorder_seed in range(12):
        content, _ = script(WRITES)
        pairs = [content[4096 * (i % 3) + 2 * i :][:2] for i in range(8)]
        new = [bytes([97 + i]) * 2 for i in range(8)]
        old = [bytes([65 + i]) * 2 if i % 3 == 0 else b"\0\0" for i in range(8)]
        choices = zip(old, new, strict=True)
        assert all(pair in choice for pair, choice in zip(pairs, choices, strict=True))
        assert content[:2] in (b"AA", b"aa")
        assert content[2:4] == b"BB"
        assert content[3 * 4096 :] in (bytes(4096), b"\xff" * 4096)
        seen.add((*(pair.islower() for pair in pairs), content[-1]))
    assert len(seen) > 6
    assert any(
        not kept[0] and kept[7] for kept in seen
    )  # an earlier one missing, a later one there


def test_the_same_seed_loses_the_same_writes(script, tmp_path, faults):
    faults.reorder_seed = 5
    first = [script(WRITES)[0] for _ in range(3)]
    assert len(set(first)) > 1
    faults._losses = 0
    assert [script(WRITES)[0] for _ in range(3)] == first


def test_without_a_loss_of_power_nothing_is_missing(script, faults):
    faults.reorder_seed = 1
    content, _ = script(WRITES, is_cut=False)
    assert content[:2] == b"aa"
    assert content[3 * 4096 :] == b"\xff" * 4096


def test_a_bad_block_refuses_to_be_programmed(script, faults):
    faults.bad_blocks = frozenset({1, 3})
    content, printed = script("""
flash.writeblocks(0, b"good")
try:
    flash.writeblocks(1, b"bad")
except OSError as e:
    print(e.errno)
""")
    assert (content[:4], content[4096:4099], printed) == (b"good", bytes(3), "5\n")


def test_the_firmware_sees_a_bad_block_as_an_error(bench, faults):
    faults.bad_blocks = frozenset(range(2, 256))
    main = """
try:
    open("x", "wb").write(bytes(9000))
except OSError as e:
    print("no", e.errno)
"""

    async def scenario():
        async with bench.board(main, flash_faults=faults):
            await bench.until_printed("no 5")

    asyncio.run(scenario())


def test_erases_are_counted_block_by_block_and_over_lives(script, faults):
    assert faults.wear() == (0, 0, 0)
    for _ in range(3):
        script("flash.ioctl(6, 2)\nflash.ioctl(6, 2)\nflash.ioctl(6, 0)")
    wear = faults.wear()
    assert wear == (6, 9, 4)
    assert wear.mean == 9 / 4


def test_a_flash_that_fails_costs_the_board_no_heap(bench, faults):
    faults.reorder_seed = 1
    main = "import gc; gc.collect(); print('free', gc.mem_free(), 'end')"

    async def free(**options):
        bench.printed.clear()
        async with bench.board(main, **options):
            await bench.until_printed("end")
            return int(bench.printed.split()[1])

    async def scenario():
        assert abs(await free() - await free(flash_faults=faults)) < 512

    asyncio.run(scenario())


def test_power_cuts_of_a_board_reorder_what_it_had_not_synced(bench, faults):
    """The board's own filesystem comes up whatever is missing, and has what was closed."""
    faults.reorder_seed = 3
    main = """
import os
names = sorted(name for name in os.listdir("/") if name != "main.py")
print("found", len(names), "end")
number = len(names)
while True:
    with open("f%03d" % number, "wb") as f:
        f.write(b"x" * (10 + number * 37 % 5000))
    number += 1
    print("wrote", number, "closed")
"""

    async def scenario():
        image = bench.image({"/main.py": main.encode()})
        board = bench.board_on(image, flash_faults=faults)
        safe = 0
        for _ in range(6):
            await board.power_on(PATIENCE_S)
            await bench.until_printed(f"wrote {safe + 5} closed")
            text = bench.printed.decode()
            safe = max(int(line.split()[1]) for line in text.splitlines() if "closed" in line)
            await board.power_cut()
        await board.stop()
        assert safe >= 30
        files = read_image(image)
        assert all(f"/f{number:03}" in files for number in range(safe))

    asyncio.run(scenario())
