"""The account of a node's battery: phases, means for each sample, and the forecast."""

import json

from node.energy import Energy

BOARD = {"start_uc": 1820, "sleep_ua": 25, "cpu_ma": 40, "idle_ma": 25, "rx_ma": 6, "tx_ma": 45}
QUARTER_MS = 900_000


def test_a_quarter_of_an_hour_is_what_its_phases_are():
    energy = Energy(BOARD, 2, None)
    energy.slept(QUARTER_MS)
    energy.awake(50, 700, 30)
    energy.radio(200, 500)
    assert energy.status(900, 0) == {
        "charge_mah": 0,
        "uc_sleep": 22500,
        "uc_start": 1820,
        "uc_cpu": 50 * 40 + 700 * 25,
        "uc_sensors": 60,
        "uc_radio": 200 * 45 + 500 * 6,
    }


def test_the_means_are_those_of_all_samples_over_a_sleep():
    energy = Energy(BOARD, 0, None)
    for _ in range(8):
        energy.slept(QUARTER_MS)
        energy.awake(100, 0, 0)
        energy = Energy(BOARD, 0, json.loads(json.dumps(energy.state())))
    fields = energy.status(900, 0)
    assert (fields["uc_sleep"], fields["uc_cpu"]) == (22500, 4000)


def test_the_forecast_is_what_is_left_at_the_rate_so_far():
    energy = Energy(BOARD, 0, None)
    days = 100
    energy.slept(days * 86_400_000)
    used_mah = 25 * 24 * days / 1000 + 1820 / 3.6e6
    fields = energy.status(900, 2500)
    assert fields["charge_mah"] == int(used_mah)
    assert abs(fields["days_left"] - (2000 - used_mah) / (used_mah / days)) < 2


def test_an_empty_battery_has_no_days_left_and_an_unknown_one_no_forecast():
    energy = Energy(BOARD, 0, None)
    energy.awake(3_600_000, 0, 0)
    assert energy.status(900, 30)["days_left"] == 0
    assert "days_left" not in energy.status(900, 0)
    assert "days_left" not in Energy(BOARD, 0, None).status(900, 2500)
