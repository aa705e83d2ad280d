"""Two frames at once: every offset, both orders, equal and unequal, and other SFs and channels."""

from dataclasses import replace

import pytest

from tests.for_tools.air import (
    AIRTIME_US,
    FRAME,
    HEADER_END_US,
    PREAMBLE_END_US,
    SYMBOL_US,
    SYNC_END_US,
    TUNING,
    Air,
)
from tools.rig.air.interference import portion_db
from tools.rig.air.rules import CROCE, GOURSAUD, Capture, Simple

# From one symbol after the other is over to one before it begins, and moments around each border.
OFFSETS = sorted(
    {
        border + step
        for border in (0, 3 * SYMBOL_US, PREAMBLE_END_US, SYNC_END_US, HEADER_END_US, AIRTIME_US)
        for step in (-SYMBOL_US, -1, 0, 1, SYMBOL_US)
        if border + step >= 0
    }
    | set(range(0, AIRTIME_US, 5 * SYMBOL_US))
)


def pair(offset_us: int, first_dbm: float, second_dbm: float, rule=None) -> dict[int, str]:
    """Return what becomes of two frames, the second of which comes so much later."""
    air = Air(rule=rule)
    air.send("first", 0, first_dbm)
    air.send("second", offset_us, second_dbm, frame=bytes(20))
    return air.run().fates()


@pytest.mark.parametrize("offset_us", OFFSETS)
def test_of_two_equal_frames_that_overlap_none_arrives(offset_us):
    fates = pair(offset_us, 14.0, 14.0)
    if offset_us >= AIRTIME_US:
        assert fates == {1: "ok", 2: "ok"}
    elif offset_us > AIRTIME_US - 3 * SYMBOL_US:
        # The first spoils three symbols of the second's preamble at most: five are left.
        assert fates == {1: "crc collision", 2: "ok"}
    else:
        assert "ok" not in fates.values() and len(fates) == 2


@pytest.mark.parametrize("offset_us", OFFSETS)
def test_a_frame_far_above_a_later_one_does_not_mind_it(offset_us):
    fates = pair(offset_us, 14.0, 8.0)
    assert fates[1] == "ok"
    late = offset_us > AIRTIME_US - 3 * SYMBOL_US
    assert fates[2] == ("ok" if late else "lost locked") or fates[2] == "lost collision"
    assert (fates[2] == "ok") == late


@pytest.mark.parametrize("offset_us", OFFSETS)
def test_a_frame_far_above_an_earlier_one_is_heard_where_the_receiver_is_free(offset_us):
    fates = pair(offset_us, 8.0, 14.0)
    assert (fates[1] == "ok") == (offset_us >= AIRTIME_US)
    # Free before it locked on the first, or again soon enough: when the sync word is destroyed,
    # when a header is (too late), when the first is over.
    before_the_lock = offset_us < 5 * SYMBOL_US
    lost_the_sync_word = SYNC_END_US - 3 * SYMBOL_US <= offset_us < SYNC_END_US
    lost_the_header = HEADER_END_US - 3 * SYMBOL_US <= offset_us < HEADER_END_US
    over = offset_us >= AIRTIME_US - 3 * SYMBOL_US
    free = before_the_lock or lost_the_sync_word or lost_the_header or over
    assert (fates[2] == "ok") == free, fates


@pytest.mark.parametrize("offset_us", OFFSETS)
def test_with_takeover_the_stronger_is_always_heard(offset_us):
    fates = pair(offset_us, 8.0, 14.0, Capture(takeover=True))
    assert fates[2] == "ok" and (fates[1] == "ok") == (offset_us >= AIRTIME_US)


@pytest.mark.parametrize("offset_us", OFFSETS)
@pytest.mark.parametrize("powers", [(14.0, 14.0), (14.0, -14.0), (-14.0, 14.0)])
def test_the_simple_rule_kills_both_however_short_they_meet(offset_us, powers):
    fates = pair(offset_us, *powers, Simple())
    assert ("ok" in fates.values()) == (offset_us >= AIRTIME_US)


def test_six_decibels_are_enough_and_less_is_not():
    assert pair(HEADER_END_US, 14.0, 8.0)[1] == "ok"
    assert pair(HEADER_END_US, 14.0, 8.01)[1] == "crc collision"
    assert pair(HEADER_END_US, 14.0, 8.01, Capture(threshold_db=1.0))[1] == "ok"


def test_the_last_five_symbols_of_a_preamble_are_what_counts():
    for cut_us, fate in ((3 * SYMBOL_US, "ok"), (3 * SYMBOL_US + 1, "lost locked")):
        air = Air()
        air.send("first", 0)
        air.send("second", AIRTIME_US - cut_us)
        assert air.run().fates()[2] == fate


def test_a_newcomers_first_symbols_harm_unless_the_rule_says_so():
    late_us = AIRTIME_US - 2 * SYMBOL_US
    assert pair(late_us, 14.0, 14.0) == {1: "crc collision", 2: "ok"}
    assert pair(late_us, 14.0, 14.0, Capture(preamble_harms=False)) == {1: "ok", 2: "ok"}


def test_damage_is_where_the_collision_was():
    air = Air()
    data_us = (AIRTIME_US - HEADER_END_US) // 22
    air.send("node")
    air.send("other", at_us=HEADER_END_US + 18 * data_us, frame=b"")
    damaged = air.run().ear.frames[0]
    assert not damaged.crc_ok and len(damaged.data) == 20
    assert damaged.data[:17] == FRAME[:17] and damaged.data[19] != FRAME[19]


def test_a_collision_in_the_header_ends_the_reception_at_the_header():
    air = Air()
    air.send("node")
    air.send("other", at_us=SYNC_END_US + 1)
    air.run()
    assert air.ear.headers == [(HEADER_END_US, False)] and air.ear.frames == []
    assert air.fates()[1] == "header collision"


def test_weak_ones_add_up_unless_the_rule_says_otherwise():
    for rule, fate in ((Capture(), "crc collision"), (Capture(cumulative=False), "ok")):
        air = Air(rule=rule)
        air.send("node")
        for number in range(4):
            air.send(f"weak {number}", at_us=HEADER_END_US, power_dbm=14.0 - 11.0)
        assert air.run().fates()[1] == fate
    air = Air()
    air.send("node")
    for number in range(3):
        air.send(f"weak {number}", at_us=HEADER_END_US, power_dbm=14.0 - 11.0)
    assert air.run().fates()[1] == "ok"


@pytest.mark.parametrize("other_sf", [7, 8, 10, 11, 12])
def test_another_sf_disturbs_only_when_it_is_much_stronger(other_sf):
    for excess_db, fate in ((-0.1, "ok"), (0.1, "crc collision")):
        limit_db = -CROCE[9][other_sf] + excess_db
        air = Air()
        air.send("node", power_dbm=0.0)
        tuning = replace(TUNING, sf=other_sf)
        air.send("other", HEADER_END_US, limit_db, tuning, bytes(200))
        assert air.run().fates()[1] == fate


def test_frames_of_two_sfs_arrive_at_once_at_a_gateway_that_hears_both():
    air = Air()
    tuning = replace(TUNING, sf=7)
    air.gateway.listen_also(tuning, air.ear)
    air.send("slow")
    air.send("fast", HEADER_END_US, tuning=tuning)
    assert air.run().fates() == {1: "ok", 2: "ok"}


def test_a_matrix_has_all_sfs_and_goursaud_is_kinder():
    for wanted in range(5, 13):
        for other in range(5, 13):
            if wanted != other:
                assert GOURSAUD[wanted][other] < CROCE[wanted][other] < 0
    assert CROCE[12][7] == -25 and CROCE[7][8] == -8 and GOURSAUD[8][7] == -24


@pytest.mark.parametrize(
    ("apart_hz", "second_dbm", "fate"),
    [
        (0, 14.0, "crc collision"),
        (62_500, 14.0, "crc collision"),
        # Half of the other's power is in the channel: 3 dB more are stood.
        (62_500, 11.0, "ok"),
        (125_000, 80.0, "ok"),
        (200_000, 80.0, "ok"),
    ],
)
def test_channels_disturb_as_far_as_they_overlap(apart_hz, second_dbm, fate):
    air = Air()
    air.send("node")
    other = replace(TUNING, frequency_hz=TUNING.frequency_hz + apart_hz)
    air.send("other", HEADER_END_US, second_dbm, other)
    assert air.run().fates()[1] == fate


def test_the_same_sf_at_another_bandwidth_or_inverted_is_as_good_as_another_sf():
    for change in ({"bandwidth_hz": 250_000}, {"inverted": True}):
        other = replace(TUNING, **change)
        air = Air()
        air.send("node")
        air.send("other", HEADER_END_US, 14.0 + 12.0, other)
        assert air.run().fates()[1] == "ok"


def test_chirps_of_the_same_slope_collide_across_sfs():
    """SF11 at 250 kHz rises as fast as SF9 at 125 kHz."""
    rule = Capture()
    other = replace(TUNING, sf=11, bandwidth_hz=250_000)
    assert rule.required_db(TUNING, other) == 6.0
    assert rule.required_db(TUNING, replace(other, sf=10)) == CROCE[9][10]


def test_who_is_hidden_from_a_receiver_does_not_disturb_it():
    air = Air()
    air.ether.hide(air.gateway, air.node("other"))
    air.send("node")
    air.send("other", HEADER_END_US)
    assert air.run().fates()[1] == "ok"


def test_hidden_nodes_collide_at_the_gateway_in_their_middle():
    """The hidden terminal: neither CAD nor RSSI of one sees the other."""
    air = Air()
    one, two = air.node("one"), air.node("two")
    air.ether.hide(one, two)
    air.send("one")
    seen = []
    air.timeline.at(HEADER_END_US, lambda: two.detect(TUNING, 4, seen.append))
    air.send("two", HEADER_END_US + 5 * SYMBOL_US)
    assert "ok" not in air.run().fates().values() and seen == [False]


def test_a_short_disturbance_is_remembered_until_the_long_frame_is_over():
    air = Air()
    fast = replace(TUNING, sf=7, preamble=6)
    air.send("node")
    air.send("short", HEADER_END_US, 60.0, fast, b"")
    for number in range(3):
        air.send("elsewhere", HEADER_END_US + 30_000 * (number + 1), 0.0, fast, b"")
    assert air.run().fates()[1] == "crc collision"


def test_it_is_remembered_for_a_receiver_that_expects_more_than_was_sent():
    sent = replace(TUNING, explicit=False)
    air = Air(tuning=replace(sent, length=100))
    air.send("node", tuning=sent)
    air.send("other", SYNC_END_US, tuning=sent, frame=b"")
    air.send("later", AIRTIME_US + 1, tuning=replace(TUNING, sf=7), frame=b"")
    assert air.run().fates()[1] == "crc collision"


def test_of_a_wide_signal_a_narrow_channel_has_its_share():
    wide = replace(TUNING, bandwidth_hz=500_000)
    assert portion_db(TUNING.frequency_hz, 125_000, wide) == pytest.approx(-6.02, abs=0.01)
    assert portion_db(TUNING.frequency_hz, 500_000, TUNING) == 0.0
    assert portion_db(TUNING.frequency_hz + 312_500, 125_000, wide) is None
