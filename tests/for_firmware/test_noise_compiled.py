"""The noise meter as it is shipped: compiled for one kind of chip, run from ROM."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.for_firmware import noise_reference as reference
from tests.for_firmware.test_noise_levels import ROOT, SCRIPT, run
from tests.test_shared_on_micropython import interpreter
from tools.rig.firmware import compiled
from tools.rig.interpreter import find_mpy_cross
from tools.rig.rom import rom_image

DRIVERS = ROOT / "firmware" / "node" / "drivers"
LIBRARY = ("node/__init__.py", "node/drivers/__init__.py", "node/drivers/driver.py")
LIBRARY += ("node/drivers/a_weighting.py", "node/drivers/i2s_mic.py")
SHARED = ("protocol/__init__.py", "protocol/_compat.py")
MOST_BYTES = 4300
FROM_ROM = """
import sys, vfs
_, rom, script, sound = sys.argv
with open(rom, "rb") as file:
    vfs.mount(vfs.VfsRom(file.read()), "/rom")
sys.path.insert(0, script[: script.rindex("/")])
import noise_on_device
noise_on_device.main(["/rom", "--", sound])
"""


@pytest.fixture(scope="module")
def mpy_cross() -> Path:
    program = find_mpy_cross()
    if program is None or interpreter() is None:
        pytest.skip("no micropython and mpy-cross here: make setup installs them")
    return program


def compile_for(program: Path, source: Path, to: Path, *options: str) -> int:
    """Compile a source; return the exit status."""
    command = [program, *options, "-o", to, source]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


def test_without_the_kind_of_chip_it_does_not_compile(mpy_cross, tmp_path):
    assert compile_for(mpy_cross, DRIVERS / "a_weighting.py", tmp_path / "a.mpy")
    assert not compile_for(mpy_cross, DRIVERS / "i2s_mic.py", tmp_path / "i.mpy")


def test_on_an_esp32_it_is_small(mpy_cross, tmp_path):
    sources = [DRIVERS / "a_weighting.py", DRIVERS / "i2s_mic.py"]
    sources.append(ROOT / "firmware" / "node" / "sensors" / "noise.py")
    total = 0
    for source in sources:
        to = tmp_path / "out.mpy"
        assert compile_for(mpy_cross, source, to, "-march=xtensawin") == 0
        total += to.stat().st_size
    assert total <= MOST_BYTES


def test_from_rom_it_hears_what_the_source_hears(mpy_cross, tmp_path):
    sources = {name: ROOT / "firmware" / name for name in LIBRARY}
    sources |= {name: ROOT / name for name in SHARED}
    (tmp_path / "rom").write_bytes(rom_image(compiled(sources)))
    sound = tmp_path / "sound.i32"
    sound.write_bytes(reference.frames(reference.noise(1, 75, 1 << 15, seed=5)))
    script = tmp_path / "from_rom.py"
    script.write_text(FROM_ROM, encoding="utf-8")
    command = [interpreter(), script, tmp_path / "rom", SCRIPT, sound]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == run(interpreter(), [sound])[0]
