"""Firmware in ROM: what costs no heap, what runs before the filesystem, and what comes along."""

import asyncio
import re
import tempfile
from pathlib import Path

import pytest

from tests.for_tools.boards import PATIENCE_S
from tools.rig import rom
from tools.rig.errors import RigError
from tools.rig.firmware import compiled, firmware_files
from tools.rig.interpreter import find_mpy_cross
from tools.rig.reach import board_modules, imported

ROOT = Path(__file__).parents[2]
NAMES = [f"a_name_that_nobody_else_has_{number}" for number in range(400)]
LONG = "\n".join(f"def {name}(): return {name}" for name in NAMES)

pytestmark = [
    pytest.mark.board,
    pytest.mark.skipif(find_mpy_cross() is None, reason="no mpy-cross installed"),
]


@pytest.fixture
def folder(micropython, tmp_path, monkeypatch):
    """A folder for sources, and caches that start empty."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path


def code(folder, **modules):
    """Compile modules that are given by name."""
    sources = {}
    for name, text in modules.items():
        sources[f"{name}.py"] = folder / f"{name}.source"
        sources[f"{name}.py"].write_text(text)
    return compiled(sources)


def printed(bench, main, files=(), **options):
    """Run `main` on a board with further files; return all that it printed up to `end`."""

    async def scenario():
        image = bench.image({"/main.py": f"{main}\nprint('end')".encode(), **dict(files)})
        board = bench.board_on(image, **options)
        await board.power_on(PATIENCE_S)
        await bench.until_printed("end\r\n")
        await board.stop()

    asyncio.run(scenario())
    return bench.printed.decode()


HEAP = """
import gc
gc.collect()
before = gc.mem_alloc()
import long
gc.collect()
print("cost", gc.mem_alloc() - before)
"""


def test_names_and_bytecode_in_rom_cost_no_heap(folder, bench):
    modules = code(folder, long=LONG)
    in_flash = printed(bench, HEAP, {"/lib/long.mpy": modules["long.mpy"]})
    bench.printed.clear()
    in_rom = printed(bench, HEAP, rom=rom.keep_rom(modules))
    there, here = (int(re.search(r"cost (\d+)", text)[1]) for text in (in_flash, in_rom))
    named = sum(map(len, NAMES))
    assert there - here > named
    assert there > 2 * here


def test_a_rom_takes_nothing_of_the_heap_that_is_free_at_the_start(folder, bench):
    tell = "import gc; gc.collect(); print('free', gc.mem_free())"
    modules = code(folder, long=LONG, other="x = 1")
    without = printed(bench, tell)
    bench.printed.clear()
    with_rom = printed(bench, tell, rom=rom.keep_rom(modules))
    free = [int(re.search(r"free (\d+)", text)[1]) for text in (without, with_rom)]
    assert abs(free[0] - free[1]) < 512


def test_rom_comes_before_flash(folder, bench):
    modules = code(folder, a="print('from rom')")
    text = printed(
        bench,
        "import a, b",
        {"/lib/a.py": b"", "/b.py": b"print('of flash')"},
        rom=rom.keep_rom(modules),
    )
    assert text.startswith("from rom\r\nof flash\r\nend")


BOOT = """
import gc, os, sys
gc.collect()
print("frozen", 100_000 < gc.mem_free() < 180_000, sys.path, os.listdir("/"))
import helper
"""


def test_frozen_boot_code_runs_before_there_is_a_filesystem(folder, bench):
    modules = code(folder, _boot=BOOT, helper="print('helped')")
    main = "import os, sys; print('main', sorted(os.listdir('/')), '_boot' in sys.modules)"
    text = printed(bench, main, rom=rom.keep_rom(modules))
    assert text.startswith(
        "frozen True ['', '.frozen', '/rom', '/lib'] ['rom']\r\nhelped\r\n"
        "main ['main.py', 'rom'] False\r\nend"
    )


def test_what_frozen_boot_code_raises_does_not_keep_the_board_from_starting(folder, bench):
    text = printed(bench, "", rom=rom.keep_rom(code(folder, _boot="import none_of_this_name")))
    assert "ImportError" in text
    assert "end\r\n" in text


def test_a_board_that_sleeps_in_its_frozen_boot_code_is_one_that_came_up(folder, bench):
    boot = """
import machine
memory = machine.RTC().memory
if len(memory()) < 3:
    memory(memory() + b"x")
    machine.deepsleep(1)
"""

    async def scenario():
        image = bench.image({"/main.py": b"print('end')"})
        board = bench.board_on(image, rom=rom.keep_rom(code(folder, _boot=boot)))
        await board.power_on(PATIENCE_S)
        await bench.until_printed("end\r\n")
        assert [cause for cause, _ in board.boots] == [1, 4, 4, 4]
        await board.stop()

    asyncio.run(scenario())


def test_a_damaged_flash_is_found_after_the_frozen_boot_code(folder, bench):
    async def scenario():
        image = bench.folder / "board.img"
        image.write_bytes(bytes(65536))
        board = bench.board_on(image, rom=rom.keep_rom(code(folder, _boot="print('frozen')")))
        await board.power_on(PATIENCE_S)
        with pytest.raises(RigError, match="OSError"):
            await board.run()
        await bench.until_printed("frozen")  # it comes over another line
        await board.stop()

    asyncio.run(scenario())


def test_the_format_is_that_of_micropythons_own_tool():
    romfs = pytest.importorskip("mpremote.romfs")
    files = {"a.mpy": b"1", "b.mpy": bytes(200), "in/c.mpy": b"", "in/deep/d.mpy": bytes(20_000)}
    writer = romfs.VfsRomWriter()
    writer.mkfile("a.mpy", files["a.mpy"])
    writer.mkfile("b.mpy", files["b.mpy"])
    writer.opendir("in")
    writer.mkfile("c.mpy", b"")
    writer.opendir("deep")
    writer.mkfile("d.mpy", files["in/deep/d.mpy"])
    writer.closedir()
    writer.closedir()
    assert rom.rom_image(files) == writer.finalise()
    assert all(len(rom.rom_image({"a": bytes(size)})) % 2 == 0 for size in range(300))


def test_a_rom_is_made_once_and_nobody_else_may_change_it(folder):
    first = rom.keep_rom(code(folder, a="x = 1"))
    assert rom.keep_rom(code(folder, a="x = 1")) == first
    assert rom.keep_rom(code(folder, a="x = 2")) != first
    first.parent.chmod(0o777)
    with pytest.raises(RigError, match="can be changed by others"):
        rom.keep_rom(code(folder, a="x = 1"))


def test_without_a_compiler_there_is_no_rom(folder, monkeypatch):
    monkeypatch.setattr("tools.rig.firmware.find_mpy_cross", lambda: None)
    with pytest.raises(RigError, match="mpy-cross"):
        rom.build_rom(ROOT)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b", ["a.b"]),
        ("def f():\n from a import b, c", ["a", "a.b", "a.c"]),
        ("__import__('a.b')", ["a.b"]),
        ("__import__('a.' + which)", ["a.*"]),
        ("__import__(which)", ["*"]),
        ("def:", []),
    ],
)
def test_an_import_counts_wherever_it_stands(source, names):
    assert list(imported(source)) == names


def a_checkout(folder):
    for path, text in {
        "firmware/main.py": "from node import app",
        "firmware/frozen/_boot.py": "import protocol.early",
        "firmware/node/__init__.py": "",
        "firmware/node/app.py": "def f():\n from protocol import used\n",
        "firmware/node/odd.py": "__import__('protocol.of_' + 'x')",
        "firmware/radio/chip.py": "",
        "protocol/__init__.py": "",
        "protocol/used.py": "from protocol.below import thing",
        "protocol/below.py": "",
        "protocol/early.py": "",
        "protocol/of_x.py": "",
        "protocol/gateway_only.py": "from protocol import used",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_what_only_a_gateway_needs_stays_off_the_board(folder):
    found = set(board_modules(a_checkout(folder / "checkout")))
    assert found == {
        *("node/__init__.py", "node/app.py", "node/odd.py", "radio/chip.py"),
        *("protocol/__init__.py", "protocol/used.py", "protocol/below.py"),
        *("protocol/early.py", "protocol/of_x.py"),
    }


def test_the_firmware_in_rom_leaves_no_library_in_flash(folder):
    root = a_checkout(folder / "checkout")
    (root / "firmware" / "boot.py").write_text("# boot")
    assert set(firmware_files(root, in_rom=True)) == {"/boot.py", "/main.py", "/firmware.hash"}
    image = rom.build_rom(root).read_bytes()
    assert b"_boot.mpy" in image
    assert b"gateway_only" not in image
    (root / "firmware" / "frozen" / "_boot.py").unlink()
    assert b"_boot.mpy" not in rom.build_rom(root).read_bytes()


def test_the_manifest_freezes_what_a_board_can_import():
    frozen = set()
    calls = {
        "freeze": lambda *_: None,
        "include": lambda *_: None,
        "require": lambda *_: None,
        "module": lambda name, base_path=".": frozen.add(f"{base_path}/{name}"),
        "package": lambda name, files=None, base_path=".": frozen.update(
            f"{base_path}/{name}/{file}" for file in files or ["*"]
        ),
    }
    manifest = ROOT / "firmware" / "manifest.py"
    exec(manifest.read_text(encoding="utf-8"), calls)  # noqa: S102 - our own
    protocol = {f"../{place}" for place in board_modules(ROOT) if place.startswith("protocol/")}
    own = {"./node/*", "./radio/*", "./boot.py", "./main.py", "frozen/_boot.py"}
    assert frozen == own | protocol
    assert all((manifest.parent / path).exists() for path in frozen if "*" not in path)
