"""Many nodes on one air: what each way of sending loses, and that nobody breaks the duty cycle."""

import pytest

from tools.benchmark.network import table
from tools.benchmark.network.many import measure


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, bool], dict]:
    """A hundred nodes for half a day, each way, without a downlink; and ours with one."""
    found = {
        (method, False): measure(100, hidden, method, 0.5, 7, False)
        for method, hidden in (("at once", 0.0), ("spread", 0.0), ("cad", 0.3))
    }
    found["cad", True] = measure(100, 0.3, "cad", 0.5, 7, True)
    return found


def test_the_same_seed_gives_the_same_figures_and_another_one_others():
    first = measure(20, 0.3, "cad", 0.2, 3, True)
    assert measure(20, 0.3, "cad", 0.2, 3, True) == first
    assert measure(20, 0.3, "cad", 0.2, 4, True) != first


def test_nodes_that_send_when_they_sample_lose_nearly_all(rows):
    row = rows["at once", False]
    assert row["readings_journaled"] == 100 * 48
    assert row["reading_delivery"] < 0.8
    assert row["settled_frame_delivery"] < 0.6


def test_nodes_that_spread_and_look_lose_nothing_without_any_downlink(rows):
    row = rows["cad", False]
    assert row["readings_delivered"] == row["readings_journaled"]
    assert row["settled_frame_delivery"] > rows["spread", False]["settled_frame_delivery"] > 0.96
    assert row["deferred"] > 0
    assert row["answers"] == 0
    assert row["greeted"] == 0


def test_of_a_thousand_nodes_999_readings_in_a_thousand_arrive_without_any_downlink():
    row = measure(1000, 0.3, "cad", 0.5, 2, False)
    assert row["readings_journaled"] == 48_000
    assert row["reading_delivery"] >= 0.999
    assert row["duty_violations"] == 0


def test_a_downlink_greets_all_and_costs_less_air(rows):
    row = rows["cad", True]
    assert row["readings_delivered"] == row["readings_journaled"]
    assert row["greeted"] == 100
    assert row["all_greeted_min"] < 130
    assert row["answers"] >= 100
    assert row["airtime_ms_per_reading"] < rows["cad", False]["airtime_ms_per_reading"]


def test_nobody_breaks_the_duty_cycle(rows):
    assert [row["duty_violations"] for row in rows.values()] == [0] * 4


def test_what_is_deferred_is_sent_all_the_same():
    """A crowd whose nodes all hear each other, at the moment it powers up."""
    row = measure(300, 0.0, "cad", 0.05, 5, False)
    assert row["deferred"] > 50
    assert row["frames_heard"] <= row["frames_sent"]
    assert row["reading_delivery"] > 0.99


def test_a_way_of_sending_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'csma' should be one of"):
        measure(1, 0.0, "csma", 0.1, 1, False)


def test_the_table_and_the_drawing_tell_every_run(rows):
    made = list(rows.values())
    lines = table.text(made).splitlines()
    assert len(lines) == 5
    assert lines[3].split()[:3] == ["no", "100", "cad"]
    assert "100.000 %" in lines[3]
    drawing = table.svg(made)
    assert drawing.count("<polyline") == 6 + 3  # decades, and ways without a downlink
    assert "cad, 30 % hidden" in drawing
    assert table.svg(made, downlink=True).count("<polyline") == 6 + 1
