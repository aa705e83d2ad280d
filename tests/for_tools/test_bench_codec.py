"""What a batch costs is measured on both interpreters, and beside the prototype if there is one."""

import json
import subprocess
from pathlib import Path

import pytest

from tools.benchmark import codec, node
from tools.benchmark.errors import BenchError
from tools.benchmark.sealing import LibraryCcm
from tools.rig.errors import RigError
from tools.rig.interpreter import find_micropython, find_mpy_cross
from tools.rig.reach import board_modules

ROOT = Path(__file__).resolve().parents[2]
STEPS = [step for step, _ in codec.STEPS]


def on_micropython(*folders: Path) -> dict:
    try:
        program = find_micropython()
    except RigError as e:
        pytest.skip(str(e))
    command = [program, codec.__file__, *folders]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_each_step_is_timed_on_cpython():
    found = codec.measure(LibraryCcm(codec.KEY))
    assert list(found) == ["4x8", "4x16", "7x16"]
    for shape in found.values():
        assert shape["prototype"] is None
        assert list(shape["ours"]) == STEPS
        assert all(step["us"] > 0 and step["heap"] is None for step in shape["ours"].values())


def test_each_step_is_timed_and_weighed_on_micropython():
    found = on_micropython(ROOT)
    for shape in found.values():
        assert shape["prototype"] is None
        assert all(step["us"] > 0 and step["heap"] > 0 for step in shape["ours"].values())
    # A small batch allocates less; the heap does not depend on what else runs on the machine.
    heaps = [found[shape]["ours"]["encode"]["heap"] for shape in ("4x8", "4x16", "7x16")]
    assert heaps == sorted(heaps)


def test_the_prototype_runs_in_the_same_run():
    if not node.PROTOTYPE.is_dir():
        pytest.skip("no prototype beside this checkout")
    for shape in on_micropython(ROOT, node.PROTOTYPE).values():
        assert shape["prototype"].keys() == shape["ours"].keys()
        assert all(step["us"] > 0 and step["heap"] > 0 for step in shape["prototype"].values())


def test_a_codec_that_loses_a_value_is_no_result(monkeypatch):
    from protocol import messages

    decode = messages.decode

    def lose(plain):
        got = decode(plain)
        got.columns[0][0] += 1
        return got

    monkeypatch.setattr(messages, "decode", lose)
    with pytest.raises(ValueError, match="does not give back"):
        codec.measure(LibraryCcm(codec.KEY))


def test_the_protocol_is_weighed_module_by_module():
    if find_mpy_cross() is None:
        pytest.skip("no mpy-cross")
    sizes = node.compiled_sizes()
    modules = {Path(place).stem for place in board_modules(ROOT) if place.startswith("protocol/")}
    assert sizes["protocol_mpy_bytes"].keys() == modules
    total = sum(sizes["protocol_mpy_bytes"].values())
    assert sizes["protocol_mpy_kb"] == round(total / 1024, 1) < sizes["mpy_kb"]


def test_without_a_compiler_there_is_no_size(monkeypatch):
    monkeypatch.setattr(node, "compiled", lambda sources, chip: None)
    with pytest.raises(BenchError, match="no mpy-cross is installed"):
        node.compiled_sizes()
