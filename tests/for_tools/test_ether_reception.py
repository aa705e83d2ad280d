"""One sender, one receiver: what arrives, when, how strong, and what keeps it from arriving."""

from dataclasses import replace

import pytest

from protocol.airtime import SX126X, SX127X
from tests.for_tools.air import (
    AIRTIME_US,
    FRAME,
    HEADER_END_US,
    NOISE_DBM,
    SYMBOL_US,
    TUNING,
    Air,
)
from tools.rig.air.propagation import CITY, LORASIM, LogDistance


def test_a_frame_arrives_with_everything_a_chip_knows_of_it():
    air = Air()
    air.send("node", at_us=1000)
    air.run()
    assert air.ear.preambles == [1000 + 5 * SYMBOL_US]
    assert air.ear.headers == [(1000 + HEADER_END_US, True)]
    (frame,) = air.ear.frames
    assert frame.data == FRAME and frame.crc_ok and frame.has_crc and frame.tuning == TUNING
    assert (frame.start_us, frame.end_us) == (1000, 1000 + AIRTIME_US)
    assert frame.rssi_dbm == pytest.approx(-86.0)
    assert frame.snr_db == pytest.approx(-86.0 - NOISE_DBM, abs=0.01)
    assert air.ether.log.counts == {"sent": 1, "ok": 1}


def test_the_sender_is_told_at_the_end():
    air, ends = Air(), []
    air.node("node").transmit(TUNING, FRAME, 14.0, lambda: ends.append(air.timeline.now_us))
    air.run()
    assert ends == [AIRTIME_US]


@pytest.mark.parametrize("sf", range(7, 13))
def test_a_frame_is_heard_down_to_the_limit_of_its_sf_and_not_below(sf):
    limit_db = {7: -7.5, 8: -10, 9: -12.5, 10: -15, 11: -17.5, 12: -20}[sf]
    tuning = replace(TUNING, sf=sf)
    for margin_db, fate in ((0.1, "ok"), (-0.1, "lost weak")):
        air = Air(tuning=tuning)
        air.send("node", power_dbm=NOISE_DBM + limit_db + 100 + margin_db, tuning=tuning)
        assert air.run().fates() == {1: fate}


def test_four_times_the_bandwidth_takes_six_decibels():
    wide = replace(TUNING, bandwidth_hz=500_000)
    air = Air(tuning=wide)
    air.send("node", tuning=wide)
    air.run()
    assert air.ear.frames[0].snr_db == pytest.approx(-86.0 - NOISE_DBM - 6.02, abs=0.01)


def test_attenuators_count_at_both_ends_and_in_both_directions():
    air = Air()
    air.gateway.attenuation_db = 10.0
    air.node("node").attenuation_db = 7.0
    air.send("node")
    air.run()
    assert air.ear.frames[0].rssi_dbm == pytest.approx(-103.0)
    node = air.node("node")
    node.listen(TUNING, air.ear)
    air.gateway.transmit(TUNING, FRAME, 14.0, lambda: None)
    air.run(20_000_000)
    assert air.ear.frames[1].rssi_dbm == pytest.approx(-103.0)


def test_levels_fall_with_the_distance_as_the_papers_say():
    assert LORASIM.loss_db((0, 0), (40, 0)) == pytest.approx(127.41)
    assert LORASIM.loss_db((0, 0), (0, 400)) == pytest.approx(127.41 + 20.8)
    assert CITY.loss_db((0, 0), (3000, 4000)) == pytest.approx(128.95 + 23.2 * 0.69897)
    assert CITY.loss_db((5, 5), (5, 5)) == CITY.loss_db((5, 5), (6, 5))


def test_an_antenna_that_moves_is_heard_from_where_it_is():
    air = Air(propagation=LogDistance())
    node = air.ether.antenna("node", (100.0, 0.0))
    air.send("node")
    air.timeline.at(1_000_000, lambda: setattr(node, "position", (1000.0, 0.0)))
    air.send("node", at_us=2_000_000)
    near, far = (frame.rssi_dbm for frame in air.run().ear.frames)
    assert near - far == pytest.approx(23.2)


def test_shadows_are_the_same_both_ways_and_for_good_and_follow_the_seed():
    def levels(seed):
        air = Air(seed, propagation=LogDistance(exponent=0.0, shadowing_db=7.8))
        one, two = air.node("one"), air.node("two")
        both = air.ether.gain_db(one, two), air.ether.gain_db(two, one)
        return (*both, air.ether.gain_db(one, air.gateway))

    there, back, elsewhere = levels(1)
    assert there == back != elsewhere
    assert levels(1) == (there, back, elsewhere)
    assert levels(2) != (there, back, elsewhere)


def test_shadows_have_the_spread_they_should():
    model = LogDistance(shadowing_db=7.8)
    shadows = [model.shadow_db(1, "gateway", f"node {number}") for number in range(2000)]
    mean = sum(shadows) / len(shadows)
    spread = (sum((shadow - mean) ** 2 for shadow in shadows) / len(shadows)) ** 0.5
    assert abs(mean) < 0.6 and spread == pytest.approx(7.8, rel=0.05)


def test_fading_is_new_for_each_frame():
    air = Air(propagation=replace(LogDistance(reference_db=100.0, exponent=0.0), fading_db=2.0))
    for number in range(50):
        air.send("node", at_us=number * 200_000)
    levels = {frame.rssi_dbm for frame in air.run(20_000_000).ear.frames}
    assert len(levels) == 50 and all(-96 < level < -76 for level in levels)


@pytest.mark.parametrize(
    ("change", "heard"),
    [
        ({"frequency_hz": TUNING.frequency_hz + 31_250}, True),
        ({"frequency_hz": TUNING.frequency_hz - 31_251}, False),
        ({"sf": 8}, False),
        ({"bandwidth_hz": 250_000}, False),
        ({"inverted": True}, False),
        ({"sync_word": 0x34}, False),
        ({"explicit": False}, False),
        ({"coding": 8}, True),
        ({"crc": False}, True),
        ({"preamble": 20}, True),
        ({"preamble": 5}, True),
        ({"preamble": 4}, False),
        ({"chip": SX127X}, True),
    ],
)
def test_a_receiver_hears_what_agrees_with_its_settings(change, heard):
    air = Air()
    air.send("node", tuning=replace(TUNING, **change))
    assert air.run().ear.good == [FRAME] * heard


def test_sf5_has_two_symbols_more_before_the_header():
    tuning = replace(TUNING, sf=5)
    air = Air(tuning=tuning)
    air.send("node", tuning=tuning)
    air.run()
    assert air.ear.headers == [(round((8 + 6.25 + 8) * 256), True)] and air.ear.good == [FRAME]


def test_sf6_of_the_two_families_is_not_the_same():
    tuning = replace(TUNING, sf=6, explicit=False, length=len(FRAME))
    for chip, heard in ((SX126X, True), (SX127X, False)):
        air = Air(tuning=tuning)
        air.send("node", tuning=replace(tuning, chip=chip))
        assert air.run().ear.good == [FRAME] * heard


def test_settings_no_radio_has_change_nothing():
    air = Air()
    with pytest.raises(ValueError, match="bandwidth"):
        air.gateway.transmit(replace(TUNING, bandwidth_hz=1), FRAME, 14.0, lambda: None)
    with pytest.raises(ValueError, match="255 bytes"):
        air.gateway.transmit(TUNING, bytes(256), 14.0, lambda: None)
    air.send("node")
    assert air.run().ear.good == [FRAME]


def test_data_without_the_optimisation_it_was_sent_with_is_damaged_behind_a_good_header():
    air = Air()
    air.send("node", tuning=replace(TUNING, low_rate=True))
    (frame,) = air.run().ear.frames
    assert [ok for _, ok in air.ear.headers] == [True]
    assert not frame.crc_ok and frame.data != FRAME and air.fates() == {1: "crc settings"}


@pytest.mark.parametrize(
    ("change", "data", "crc_ok"),
    [
        ({}, FRAME, True),
        ({"length": 12}, FRAME[:12], False),
        ({"length": 30}, None, False),
        ({"coding": 6}, None, False),
        ({"crc": False}, FRAME, True),
    ],
)
def test_without_a_header_a_receiver_believes_itself(change, data, crc_ok):
    sent = replace(TUNING, explicit=False, length=len(FRAME))
    here = replace(sent, **change)
    air = Air(tuning=here)
    air.send("node", tuning=sent)
    (frame,) = air.run().ear.frames
    assert frame.crc_ok == crc_ok and frame.has_crc == here.crc and air.ear.headers == []
    assert len(frame.data) == here.length
    assert frame.end_us == here.modulation.airtime_us(here.length)
    assert data is None or frame.data == data


def test_hidden_pairs_hear_nothing_of_each_other_and_all_of_the_others():
    air = Air()
    one, two = air.node("one"), air.node("two")
    air.ether.hide(one, two)
    two.listen(TUNING, air.ear)
    air.send("one")
    air.run(1_000_000)
    assert air.fates("two") == {1: "lost hidden"} and air.fates() == {1: "ok"}
    assert two.rssi_dbm(TUNING.frequency_hz, 125_000) == pytest.approx(NOISE_DBM, abs=0.01)
    air.ether.hide(one, two, hidden=False)
    air.send("one", at_us=2_000_000)
    assert air.run().fates("two") == {1: "lost hidden", 2: "ok"}


def test_two_antennas_of_one_name_are_refused():
    air = Air()
    with pytest.raises(ValueError, match="gateway"):
        air.ether.antenna("gateway")
