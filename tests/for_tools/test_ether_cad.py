"""CAD in every phase of a frame, near and far, for both families of chips, with its errors."""

from dataclasses import replace

import pytest

from protocol.airtime import SX126X, SX127X
from tests.for_tools.air import (
    AIRTIME_US,
    HEADER_END_US,
    NOISE_DBM,
    PREAMBLE_END_US,
    SYMBOL_US,
    TUNING,
    Air,
    Ear,
)
from tools.rig.air.cad import Cad

EXACT = Cad(false_alarm=0.0)
RUNS = 400


def share(
    begin_us: int,
    symbols: float = 2,
    tuning=TUNING,
    sent=TUNING,
    power_dbm: float = 14.0,
    cad: Cad = EXACT,
) -> float:
    """Return how often a CAD that begins so long after a frame sees it."""
    air = Air(cad=cad)
    sniffer = air.node("sniffer")
    seen = []
    for number in range(RUNS):
        start_us = 1_000_000 * number + 500_000
        air.send("node", start_us, power_dbm, sent)
        air.timeline.at(start_us + begin_us, lambda: sniffer.detect(tuning, symbols, seen.append))
    air.run(1_000_000 * (RUNS + 1))
    assert len(seen) == RUNS
    return sum(seen) / RUNS


def test_it_takes_its_symbols_and_says_what_was_there():
    air, said = Air(), []
    air.gateway.detect(TUNING, 2.5, lambda active: said.append((air.timeline.now_us, active)))
    assert air.run().timeline.now_us and said == [(round(2.5 * SYMBOL_US), False)]


@pytest.mark.parametrize(
    ("begin_us", "low", "high"),
    [
        (-3 * SYMBOL_US, 0.0, 0.0),  # over before the frame begins
        (-2 * SYMBOL_US, 0.0, 0.0),
        (-SYMBOL_US, 0.85, 0.95),  # one symbol of two
        (0, 0.97, 1.0),
        (3 * SYMBOL_US, 0.97, 1.0),
        (PREAMBLE_END_US - 2 * SYMBOL_US, 0.97, 1.0),
        (PREAMBLE_END_US - SYMBOL_US, 0.91, 0.98),  # half preamble, half sync word
        (PREAMBLE_END_US, 0.68, 0.82),
        (HEADER_END_US, 0.68, 0.82),
        (AIRTIME_US - 2 * SYMBOL_US, 0.68, 0.82),
        (AIRTIME_US - SYMBOL_US, 0.42, 0.58),
        (AIRTIME_US, 0.0, 0.0),
    ],
)
def test_it_sees_preambles_well_and_data_less(begin_us, low, high):
    assert low <= share(begin_us) <= high


def test_the_older_chips_hardly_see_data():
    old = replace(TUNING, chip=SX127X)
    assert 0.12 <= share(HEADER_END_US, tuning=old) <= 0.26
    assert share(0, tuning=old) >= 0.97


def test_more_symbols_see_more():
    shares = [share(HEADER_END_US, symbols) for symbols in (1, 2, 4, 8)]
    assert shares == sorted(shares) and shares[0] < 0.6 and shares[2] > 0.88


@pytest.mark.parametrize(("symbols", "limit_db"), [(1, -9.5), (2, -11.0), (4, -12.5), (8, -14.0)])
def test_below_its_sensitivity_it_is_blind(symbols, limit_db):
    power_dbm = NOISE_DBM + 100.0 + limit_db
    assert share(0, symbols, power_dbm=power_dbm + 0.1) > 0.8
    assert share(0, symbols, power_dbm=power_dbm - 0.1) == 0.0


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        ({"sync_word": 0x34}, True),
        ({"explicit": False}, True),
        ({"frequency_hz": TUNING.frequency_hz + 31_250}, True),
        ({"frequency_hz": TUNING.frequency_hz + 31_251}, False),
        ({"sf": 8}, False),
        ({"bandwidth_hz": 250_000}, False),
        ({"inverted": True}, False),
    ],
)
def test_it_looks_for_chirps_of_its_own_kind_only(change, alike):
    seen = share(0, sent=replace(TUNING, **change))
    assert seen > 0.97 if alike else seen == 0.0


def test_false_alarms_come_as_often_as_the_model_says():
    assert share(500_000 - AIRTIME_US, cad=Cad(false_alarm=0.1)) == pytest.approx(0.1, abs=0.04)
    assert share(500_000, cad=Cad(false_alarm=0.0)) == 0.0


def test_the_default_is_good_but_not_perfect():
    cad = Cad()
    assert cad.chance(SX126X, 4, 0) > 0.999
    assert 0.9 < cad.chance(SX126X, 0, 4) < 0.95
    assert 0.3 < cad.chance(SX127X, 0, 4) < 0.4
    assert 0 < cad.false_alarm < 0.02


def test_it_ends_a_reception_and_is_ended_by_what_follows():
    air, said = Air(), []
    air.send("node")
    air.timeline.at(HEADER_END_US, lambda: air.gateway.detect(TUNING, 2, said.append))
    air.timeline.at(HEADER_END_US + SYMBOL_US, air.gateway.stop)
    air.run()
    assert air.fates() == {1: "lost not listening"} and said == []
    assert air.ether.detecting == {}


def test_after_it_a_radio_may_listen_and_still_hear_the_frame():
    """Preamble sampling: CAD sees a long preamble, then the radio receives."""
    long = replace(TUNING, preamble=50)
    air = Air()
    ear = Ear(air.timeline)
    node = air.node("node")
    air.send("other", tuning=long)
    air.timeline.at(
        10 * SYMBOL_US,
        lambda: node.detect(TUNING, 4, lambda active: active and node.listen(TUNING, ear)),
    )
    air.run()
    assert len(ear.good) == 1


def test_what_went_by_during_a_long_detection_is_remembered():
    short = replace(TUNING, sf=7)
    air, said = Air(cad=EXACT), []
    sniffer = air.node("sniffer")
    sniffer.detect(short, 400, said.append)
    air.send("node", at_us=0, tuning=short, frame=b"")
    for number in range(5):
        air.send("node", at_us=60_000 + 60_000 * number, tuning=replace(short, sf=8), frame=b"")
    air.run()
    assert said == [True]


def test_what_was_broken_off_before_is_not_seen():
    air, said = Air(cad=EXACT), []
    node = air.send("node")
    sniffer = air.node("sniffer")
    air.timeline.at(3 * SYMBOL_US, node.stop)
    air.timeline.at(3 * SYMBOL_US, lambda: sniffer.detect(TUNING, 4, said.append))
    air.run()
    assert said == [False]
