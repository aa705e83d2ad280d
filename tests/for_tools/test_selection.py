"""What goes onto one board: too much does not fit, too little does not start."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.rig import boards
from tools.rig.errors import RigError
from tools.rig.firmware import main
from tools.rig.interpreter import find_mpy_cross
from tools.rig.profiles import HARDWARE, PROFILES
from tools.rig.reach import board_modules, imported
from tools.rig.selection import modules, purpose

ROOT = Path(__file__).parents[2]
_IMPORTS = (ast.Import, ast.ImportFrom)


def places(board, profile, role="node"):
    return set(modules(ROOT, purpose(ROOT, board, profile, role)))


def test_a_node_gets_its_radio_and_its_sensors_and_no_others():
    found = places("heltec-v3", "air-station")
    assert {"radio/sx126x.py", "radio/sx126x_bus.py", "radio/_port.py"} <= found
    assert {"node/drivers/scd41.py", "node/drivers/sensirion.py", "node/sensors/single.py"} <= found
    absent = ("radio/sx127x", "node/modem", "protocol/modem", "node/pmic", "node/sensors/simulated")
    absent += ("node/sensors/replay", "node/drivers/a_weighting", "node/drivers/uart_driver")
    assert not [place for place in found if place.startswith(absent)]


def test_a_board_with_a_power_chip_gets_its_driver():
    assert "node/pmic.py" in places("t-beam-sx1276", "traffic-radar")
    assert "radio/sx127x_link.py" in places("t-beam-sx1276", "traffic-radar")


def test_a_modem_gets_no_sensors_and_no_node():
    found = places("heltec-v3", None, "modem")
    assert {"node/modem/app.py", "protocol/modem.py", "radio/sx126x.py"} <= found
    assert not [place for place in found if place.startswith(("node/sensors", "node/drivers"))]
    assert not found & {"node/app.py", "node/journal.py", "protocol/node_session.py"}


def test_a_profile_without_sensors_gets_their_twins():
    assert "node/sensors/simulated.py" in places("esp32-wired", PROFILES[0])


def fitting():
    for board in boards.names():
        for profile in HARDWARE:
            try:
                yield board, profile, modules(ROOT, purpose(ROOT, board, profile))
            except RigError:
                continue


def test_each_profile_fits_some_board_and_each_board_some_profile():
    found = [(board, profile) for board, profile, _ in fitting()]
    assert {profile for _, profile in found} == set(HARDWARE)
    assert {board for board, _ in found} == set(boards.names())


def test_what_a_module_needs_when_it_is_loaded_is_there():
    """Only within functions may a module name what another board or role has."""
    there = board_modules(ROOT)
    for _, _, found in fitting():
        for place, source in found.items():
            top = ast.parse(source.read_text(encoding="utf-8")).body
            lines = [ast.unparse(each) for each in top if isinstance(each, _IMPORTS)]
            package = place.rpartition("/")[0].replace("/", ".")
            for name in imported("\n".join(lines), package):
                wanted = f"{name.replace('.', '/')}.py"
                assert wanted not in there or wanted in found, (place, name)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("nobody", "air"), "board nobody: there are esp32-"),
        (("heltec-v3", "nothing"), "profile nothing: there are air, "),
        (("heltec-v3", None), "a node needs a profile"),
        (("heltec-v3", "air", "modem"), "a modem measures nothing"),
        (("esp32-wired", None, "modem"), "has no radio|and esp32-wired has none"),
        (("lora32-v21", "noise-street"), "lora32-v21 has no i2s, which noise-street needs"),
        (("esp32-rfm95", "weather"), "esp32-rfm95 has no battery, which weather needs"),
        (("t-beam-sx1262", "air-station"), "t-beam-sx1262 has no i2c"),
    ],
)
def test_what_does_not_fit_is_one_line(names, says):
    with pytest.raises(RigError, match=says):
        purpose(ROOT, *names)


@pytest.mark.skipif(find_mpy_cross() is None, reason="no mpy-cross installed")
def test_the_files_of_a_board_are_written(tmp_path, capsys):
    folder = tmp_path / "new"
    assert main([str(folder), "--board", "heltec-v3", "--profile", "weather"]) == 0
    assert "KB" in capsys.readouterr().out
    board = json.loads((folder / "board.json").read_text())
    assert board["name"] == "heltec-v3"
    assert not {"sources", "notes"} & set(board)
    assert [path.name for path in (folder / "profiles").iterdir()] == ["weather.json"]
    assert len((folder / "firmware.hash").read_text()) == 8
    assert {"boot.py", "main.py", "lib"} <= {path.name for path in folder.iterdir()}
    libraries = [path for path in (folder / "lib").rglob("*") if path.is_file()]
    assert {path.suffix for path in libraries} == {".mpy"}
    assert 100_000 < sum(path.stat().st_size for path in libraries) <= 140 * 1024


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["DIR"],
        ["DIR", "--board", "heltec-v3"],
        ["DIR", "--board", "heltec-v3", "--profile", "weather", "--arch", "z80"],
        ["DIR", "--board", "lora32-v21", "--profile", "weather"],
        [".", "--board", "heltec-v3", "--profile", "weather"],
    ],
)
def test_bad_arguments_are_one_line_and_exit_2(arguments, tmp_path):
    given = [str(tmp_path / "new") if each == "DIR" else each for each in arguments]
    command = [sys.executable, "-m", "tools.rig.firmware", *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()
