"""The witness finds every hour that holds too much, and no other."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.airtime import BANDS
from tests.for_tools.air import AIRTIME_US, TUNING, Air
from tools.rig.air.witness import HOUR_US, OUTSIDE, Violation, Witness

ALLOWED_US = {band.name: 1000 * band.allowed_ms for band in BANDS}
SECOND_US = 1_000_000


def used_between(spans, from_us, to_us):
    return sum(max(min(end, to_us) - max(start, from_us), 0) for start, end in spans)


def fullest_hour(spans):
    """Return the most that any hour holds: it begins or ends where a transmission does."""
    ends = {moment for span in spans for moment in span}
    ends |= {moment + HOUR_US for moment in ends}
    return max(used_between(spans, end - HOUR_US, end) for end in ends)


def spans_of(steps):
    """Return (start, end) of transmissions with these (pause, length)."""
    spans, now_us = [], 0
    for pause_us, length_us in steps:
        spans.append((now_us + pause_us, now_us + pause_us + length_us))
        now_us = spans[-1][1]
    return spans


STEPS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 60 * SECOND_US), st.integers(0, 2 * HOUR_US)),
        st.integers(1, 30 * SECOND_US),
    ),
    min_size=1,
    max_size=40,
)


@given(STEPS)
@settings(max_examples=300)
def test_the_fullest_hour_is_that_of_brute_force(steps):
    spans = spans_of(steps)
    witness = Witness()
    for start_us, end_us in spans:
        witness.note("node", 868_100_000, 125_000, 14.0, start_us, end_us)
    assert witness.fullest_us["node", "M"] == fullest_hour(spans)


@given(STEPS)
@settings(max_examples=300)
def test_it_speaks_up_exactly_when_some_hour_holds_too_much(steps):
    spans = spans_of(steps)
    witness = Witness(kept=100)
    for start_us, end_us in spans:
        witness.note("node", 868_100_000, 125_000, 14.0, start_us, end_us)
    expected = [
        Violation("node", "M", "time", end, used_between(spans, end - HOUR_US, end), 36_000_000)
        for _, end in spans
        if used_between(spans, end - HOUR_US, end) > 36_000_000
    ]
    assert list(witness.violations) == expected
    assert bool(expected) == (fullest_hour(spans) > ALLOWED_US["M"])


def test_the_allowed_is_allowed_and_a_microsecond_more_is_not():
    witness = Witness()
    witness.note("node", 868_100_000, 125_000, 14.0, 0, 36_000_000)
    assert not witness.violations
    # At its end the hour has lost a second and has gained one.
    witness.note("node", 868_100_000, 125_000, 14.0, HOUR_US, HOUR_US + SECOND_US)
    assert not witness.violations
    witness.note("node", 868_100_000, 125_000, 14.0, HOUR_US + SECOND_US, HOUR_US + SECOND_US * 2)
    assert not witness.violations
    late_us = HOUR_US + 3 * SECOND_US
    witness.note("node", 868_100_000, 125_000, 14.0, late_us - SECOND_US - 1, late_us)
    assert [v.used - v.allowed for v in witness.violations] == [1]
    assert witness.counts == {"time": 1}


def test_an_hour_of_the_clock_would_have_seen_nothing():
    """Thirty seconds on each side of a full hour: no clock hour holds more than thirty."""
    witness = Witness()
    for start_us in (HOUR_US - 30 * SECOND_US, HOUR_US):
        witness.note("node", 868_100_000, 125_000, 14.0, start_us, start_us + 30 * SECOND_US)
    assert [v.used for v in witness.violations] == [60 * SECOND_US]


def test_channels_of_a_band_share_and_bands_and_senders_do_not():
    witness = Witness()
    for sender in ("one", "two"):
        for number, frequency_hz in enumerate((868_100_000, 868_300_000, 867_500_000)):
            start_us = number * 10 * SECOND_US
            witness.note(sender, frequency_hz, 125_000, 14.0, start_us, start_us + 10 * SECOND_US)
    assert witness.used_us("one", "M", 30 * SECOND_US) == 20 * SECOND_US
    assert witness.used_us("two", "L", 30 * SECOND_US) == 10 * SECOND_US
    assert witness.used_us("nobody", "L", 30 * SECOND_US) == 0
    assert witness.used_us("one", "M", HOUR_US + 14 * SECOND_US) == 6 * SECOND_US
    assert witness.used_us("one", "M", 2 * HOUR_US) == 0


@pytest.mark.parametrize(
    ("frequency_hz", "power_dbm", "band", "violation"),
    [
        (868_100_000, 14.0, "M", None),
        (868_100_000, 14.1, "M", "power"),
        (869_525_000, 27.0, "O", None),
        (869_525_000, 28.0, "O", "power"),
        (869_850_000, 7.0, "P", None),
        (869_850_000, 8.0, "Q", None),
        (869_850_000, 15.0, "Q", "power"),
        (868_650_000, 0.0, OUTSIDE, "outside"),
        # Half of the channel is over the edge.
        (868_580_000, 0.0, OUTSIDE, "outside"),
    ],
)
def test_each_channel_and_power_has_its_band(frequency_hz, power_dbm, band, violation):
    witness = Witness()
    witness.note("node", frequency_hz, 125_000, power_dbm, 0, SECOND_US)
    assert [(v.what, v.band) for v in witness.violations] == [(violation, band)] * bool(violation)
    assert witness.used_us("node", band, SECOND_US) == (0 if band == OUTSIDE else SECOND_US)


def test_five_milliwatts_may_be_on_the_air_all_the_time():
    witness = Witness()
    for number in range(3600 * 3):
        start_us = number * SECOND_US
        witness.note("node", 869_850_000, 125_000, 7.0, start_us, start_us + SECOND_US)
    assert not witness.violations and witness.fullest_us["node", "P"] == HOUR_US


def test_it_keeps_no_more_than_it_is_told_and_counts_all():
    witness = Witness(kept=3)
    for number in range(10):
        witness.note("node", 868_100_000, 125_000, 20.0, number, number + 1)
    assert len(witness.violations) == 3 and witness.counts["power"] == 10


def test_on_the_ether_it_counts_what_was_really_on_the_air():
    air, witness = Air(), Witness()
    air.ether.observers.append(witness.observe)
    air.send("node")
    stopped = air.send("stopped")
    air.timeline.at(1000, stopped.stop)
    air.send("loud", power_dbm=20.0, tuning=replace(TUNING, frequency_hz=867_100_000))
    air.run()
    assert witness.fullest_us == {
        ("stopped", "M"): 1000,
        ("node", "M"): AIRTIME_US,
        ("loud", "L"): AIRTIME_US,
    }
    assert [(v.sender, v.what, v.used) for v in witness.violations] == [("loud", "power", 20.0)]
