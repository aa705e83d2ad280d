"""What the benchmark says of a node can be wrong in its favour: these would be."""

import pytest

from tools.benchmark import energy, heaps, wakes
from tools.benchmark.errors import BenchError
from tools.benchmark.field import sensors
from tools.rig.profiles import HARDWARE

WAKE = {"ms_frozen": 1.0, "flash_writes": 0, "flash_erases": 0}
FOUND = {
    "wake_sample_only": WAKE,
    "wake_full": {**WAKE, "ms_frozen": 20.0, "flash_writes": 50, "flash_erases": 2},
    "wakes": {
        "short_per_sample": 1.0,
        "full_per_sample": 0.125,
        "account_uc": {"uc_cpu": 1000, "uc_radio": 2000},
    },
}


def test_years_are_the_charge_of_a_cell_over_that_of_a_sample():
    lasting = energy.model(FOUND, 166_600)
    assert lasting["charge_mc"]["sleep"] == 22.5
    # One times slower in a hundred: 1.0 ms here, 100 ms there, 40 mA.
    assert lasting["esp32_factor"]["most"] == pytest.approx(166_600 / 1166, abs=1)
    factor = 166_600 / 1166 * 125 / 204
    assert lasting["charge_mc"]["wake_sample_only"] == pytest.approx(0.04 * factor, abs=0.01)
    total = sum(lasting["charge_mc"].values())
    assert lasting["years"] == pytest.approx(7_200_000 / total / 4 / 24 / 365.25, abs=0.1)
    assert lasting["years_range"][0] < lasting["years"] < lasting["years_range"][1]
    assert all(isinstance(text, str) for text in lasting["assumptions"])


def test_a_faster_machine_here_makes_no_cell_last_longer():
    assert energy.model(FOUND, 300_000)["years"] < energy.model(FOUND, 150_000)["years"]


def test_a_sample_that_is_missing_is_no_result():
    assert wakes.missing(set(range(100))) == 100
    assert wakes.missing(set(range(100)) - {98}) == 100  # it is on its way
    with pytest.raises(BenchError, match="1 samples are missing, the first is 40"):
        wakes.missing(set(range(100)) - {40})


def test_heap_that_goes_away_is_no_result():
    assert wakes._steady("x", [50_000, 49_500] * 10)["start"] == 48.8
    with pytest.raises(BenchError, match="costs heap"):
        wakes._steady("x", [50_000 - 300 * i for i in range(20)])
    with pytest.raises(BenchError, match="told nothing"):
        wakes._steady("x", [])


def test_other_resets_than_deep_sleep_are_no_result():
    wakes._check_boots([1, 4, 4])
    with pytest.raises(BenchError, match="1 wakes were resets, the first with cause 3"):
        wakes._check_boots([1, 4, 3, 4])


def test_functions_and_tables_are_what_a_rom_costs_more():
    errors = heaps.in_rom_only(["node.errors"])
    both = heaps.in_rom_only(["node.errors", "node.measuring"])
    assert 0 < errors < 400
    assert both - errors > 10 * heaps._FUNCTION_BYTES
    assert heaps.in_rom_only(["no.such.module"]) == 0


def test_there_are_sensors_for_each_profile():
    for profile in HARDWARE:
        sensors(profile)
