"""The noise meter against IEC 61672-1, in the real MicroPython with the code of a board.

All sounds are made once and heard in one run of the interpreter. See noise_reference.
"""

import json
import math
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.for_firmware import noise_reference as reference
from tests.test_shared_on_micropython import interpreter

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("noise_on_device.py")
LEAD, TURN = reference.LEAD, reference.TURN
SECOND = 32 * TURN  # 1.024 s
PERIOD = 1 << 15
LEVELS = (35, 45, 55, 65, 75, 85, 95, 105, 115)
CLICK_DB = 100
NOISES = {"white": 0, "pink": 1, "brown": 2}  # power falls with that power of the frequency


def sounds() -> dict:
    """Return samples by name."""
    tone = reference.tone
    made = {f"band{n}": tone(10 ** (n / 10), 94, LEAD + SECOND) for n, *_ in reference.TABLE_3}
    made |= {f"level{db}": tone(1000, db, LEAD + SECOND) for db in LEVELS}
    for ms, _ in reference.TABLE_4:
        length = 24 * ms
        # Begins in the middle of a block, as bursts do.
        made[f"burst{ms}"] = tone(4000, 94, LEAD + 2 * SECOND, LEAD + 12345 % TURN, length)
    for name in NOISES:
        made[name] = (period_of(name) * 4)[: LEAD + 3 * PERIOD]
    made["quiet after loud"] = tone(1000, CLICK_DB, LEAD + SECOND, LEAD // 2, LEAD // 2)
    offset = tone(1000, 50, LEAD + SECOND)
    made["offset"] = [x + 100_000 for x in offset]
    made["rumble"] = [a + b for a, b in zip(tone(25, 110, len(offset)), offset, strict=True)]
    made["cut off"] = tone(1000, 123, LEAD + SECOND)
    return made


@cache
def period_of(name: str) -> list:
    """Return a second of noise that fits its own beginning."""
    return [round(x) for x in reference.noise(NOISES[name], 80, PERIOD, seed=7)]


def run(program: str, paths: list, *libraries) -> list:
    """Return what the script prints of these files."""
    folders = [str(folder) for folder in libraries or (ROOT, ROOT / "firmware")]
    command = [program, str(SCRIPT), *folders, "--", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def heard(tmp_path_factory) -> dict:
    """Return {name: (LAeq, LAFmax, blocks, overloads)}, as MicroPython measures them."""
    program = interpreter()
    if program is None:
        pytest.skip("no micropython beside this Python or on the PATH: make setup installs one")
    folder = tmp_path_factory.mktemp("sounds")
    made = sounds()
    paths = []
    for i, samples in enumerate(made.values()):
        paths.append(folder / f"{i}.i32")
        paths[-1].write_bytes(reference.frames(samples))
    results = run(program, paths)
    return dict(zip(made, [summary for summary, _ in results], strict=True))


def test_a_calibrator_shows_94(heard):
    laeq, lamax, blocks, overloads = heard["band30"]
    assert abs(laeq - 94) < 0.05 and abs(lamax - 94) < 0.05
    assert (blocks, overloads) == (256, 0)


@pytest.mark.parametrize(("band", "above", "below"), reference.TABLE_3)
def test_every_third_of_an_octave_is_weighted_within_class_1(heard, band, above, below):
    error = heard[f"band{band}"][0] - 94 - reference.a_db(10 ** (band / 10))
    assert -below < error < above
    assert abs(error) < (0.1 if band < 40 else 0.4)


@pytest.mark.parametrize("level", LEVELS)
def test_levels_are_linear_over_80_db(heard, level):
    laeq, lamax, _, overloads = heard[f"level{level}"]
    assert abs(laeq - level) < 0.1 and abs(lamax - level) < 0.1
    assert overloads == 0


@pytest.mark.parametrize(("ms", "wanted"), reference.TABLE_4)
def test_fast_follows_bursts_as_the_table_says(heard, ms, wanted):
    steady = 94 + reference.a_db(4000)
    laeq, lamax, blocks, _ = heard[f"burst{ms}"]
    assert abs(lamax - steady - wanted) < 0.5
    # The exposure of a burst, found again in the mean of the whole time.
    mean = steady + 10 * math.log10(ms / (4 * blocks))
    assert abs(laeq - mean) < 0.2


@pytest.mark.parametrize(("name", "within"), [("pink", 0.1), ("brown", 0.1), ("white", 0.3)])
def test_noise_is_as_loud_as_its_spectrum_says(heard, name, within):
    period = period_of(name)
    assert abs(heard[name][0] - reference.laeq(period)) < within


def test_what_was_loud_before_the_interval_is_in_the_maximum_only(heard):
    laeq, lamax, _, _ = heard["quiet after loud"]
    assert abs(lamax - CLICK_DB) < 0.3
    assert laeq < CLICK_DB - 20


def test_an_offset_of_the_microphone_is_no_sound(heard):
    assert abs(heard["offset"][0] - 50) < 0.1


def test_wind_below_hearing_does_not_drown_a_street(heard):
    wanted = 10 * math.log10(10**5.0 + 10 ** ((110 + reference.a_db(25)) / 10))
    assert abs(heard["rumble"][0] - wanted) < 0.3


def test_what_is_cut_off_is_counted(heard):
    laeq, _, _, overloads = heard["cut off"]
    assert overloads > SECOND / 4
    assert 118 < laeq < 123


def test_cpython_hears_the_same_to_the_bit(heard, tmp_path):
    path = tmp_path / "brief.i32"
    path.write_bytes(reference.frames(reference.noise(1, 75, PERIOD, seed=3)))
    there, here = run(interpreter(), [path]), run(sys.executable, [path])
    assert there[0][1] == here[0][1]
    assert there[0][0] == pytest.approx(here[0][0], abs=1e-9)
