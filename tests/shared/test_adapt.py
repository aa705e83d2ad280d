"""SF and power follow the margins: slowly down, quickly up, and never out of what is allowed."""

from protocol.access import Channel
from protocol.adapt import Adapt
from protocol.airtime import Modulation

LIMITS_2DB = {7: -15, 8: -20, 9: -25, 10: -30, 11: -35, 12: -40}  # demodulation, half dB
LENGTH = 60


def channels(*sfs):
    return [Channel(868100000, Modulation(sf)) for sf in sfs]


def adapt(*sfs, length: int = LENGTH, hourly: int = 2, most: int = 14) -> Adapt:
    return Adapt(channels(*sfs), length, hourly, most)


def setting(node: Adapt) -> tuple:
    return node.sf, node.power_dbm


def margin(node: Adapt, snr_at_full: int) -> int:
    """Return the margin of a frame over a path that gives this SNR at 14 dBm, rounded down."""
    return (2 * (snr_at_full + node.power_dbm - 14) - LIMITS_2DB[node.sf]) // 2


def answers(node: Adapt, snr_at_full: int, count: int) -> list:
    """Let so many asks be answered; return the settings after each."""
    out = []
    for _ in range(count):
        node.heard(margin(node, snr_at_full))
        out.append(setting(node))
    return out


def test_a_new_node_begins_with_all_it_may():
    assert setting(adapt(7, 8, 9)) == (9, 14)
    assert setting(adapt(9, 7)) == (9, 14)
    assert setting(adapt(9, most=10)) == (9, 10)


def test_nothing_is_lowered_before_three_answers():
    node = adapt(9)
    assert answers(node, 10, 3) == [(9, 14), (9, 14), (9, 11)]


def test_power_goes_down_in_steps_and_leaves_the_reserve():
    node = adapt(9)
    settings = answers(node, 5, 20)
    assert settings[-1] == (9, 8)  # margin 11 of 17; another step would leave 8
    assert settings.index((9, 8)) == 3
    assert margin(node, 5) >= 10
    node = adapt(9)
    assert answers(node, 40, 20)[-1] == (9, 0)  # as little as there is
    assert answers(adapt(9), -1, 20)[-1] == (9, 14)  # margin 11
    assert answers(adapt(9), 1, 20)[-1] == (9, 11)  # margin 13


def test_a_faster_sf_comes_before_less_power():
    node = adapt(7, 8, 9)
    assert answers(node, 9, 8)[2:] == [(8, 14), (7, 14), (7, 11), (7, 8), (7, 8), (7, 8)]
    assert margin(node, 9) >= 10


def test_the_least_of_three_answers_counts():
    node = adapt(9)
    for value in (30, 12, 30, 30):
        node.heard(value)
        assert setting(node) == (9, 14)
    node.heard(30)
    assert setting(node) == (9, 11)


def test_margins_of_other_settings_count_as_they_would_be_now():
    node = adapt(9)
    answers(node, 5, 4)
    assert setting(node) == (9, 8)
    assert answers(node, 5, 30) == [(9, 8)] * 30


def test_a_margin_within_the_hysteresis_changes_nothing():
    node = adapt(9)
    answers(node, 5, 4)
    for value in (7, 8, 9, 10, 12, 7):
        node.heard(value)
        assert setting(node) == (9, 8)


def test_what_eats_the_reserve_brings_more_power_at_once_and_then_slower_sfs():
    node = adapt(7, 8, 9)
    answers(node, 9, 8)
    assert setting(node) == (7, 8)
    node.heard(6)
    assert setting(node) == (7, 12)
    node.heard(5)
    assert setting(node) == (8, 14)  # 5 dB more would be 17 dBm: 2 by power, and 3 by SF
    node.heard(-20)
    assert setting(node) == (9, 14)
    node.heard(-20)
    assert setting(node) == (9, 14)  # there is no more


def test_an_ask_in_vain_brings_full_power_at_once_and_the_fourth_a_slower_sf():
    node = adapt(7, 8, 9)
    answers(node, 9, 8)
    after = []
    for count in range(1, 13):
        node.vain(count)
        node.vain(count)  # a loop says it more than once
        after.append(setting(node))
    assert after == [(7, 14)] * 3 + [(8, 14)] * 4 + [(9, 14)] * 5


def test_the_first_answer_after_an_outage_brings_back_what_was_before():
    node = adapt(7, 8, 9)
    answers(node, 9, 8)
    for count in range(1, 30):
        node.vain(count)
    assert setting(node) == (9, 14)
    node.vain(0)
    node.heard(margin(node, 9))
    assert setting(node) == (7, 8)
    node.vain(1)
    assert setting(node) == (7, 14)


def test_where_the_path_became_worse_an_outage_leaves_the_setting_that_was_heard():
    node = adapt(7, 8, 9)
    answers(node, 9, 8)
    for count in range(1, 9):
        node.vain(count)
    node.heard(margin(node, -1))
    assert setting(node) == (9, 14)
    assert margin(node, -1) >= 10


def test_no_sf_makes_a_frame_longer_than_a_second():
    assert setting(adapt(7, 9, 10, 11, 12)) == (10, 14)  # 60 bytes: 698 ms, 1479 ms with SF11
    assert setting(adapt(7, 9, 10, length=120)) == (9, 14)  # SF10: 1.3 s
    assert setting(adapt(12)) == (12, 14)  # unless nothing else is there
    assert setting(adapt(11, 12)) == (11, 14)


def test_no_sf_takes_more_than_half_of_a_sub_band():
    # 36 s an hour; a frame of 60 bytes is 370 ms with SF9, 206 with SF8 and 113 with SF7.
    assert setting(adapt(7, 8, 9, hourly=48)) == (9, 14)
    assert setting(adapt(7, 8, 9, hourly=49)) == (8, 14)
    assert setting(adapt(7, 8, 9, hourly=1000)) == (7, 14)
    for count in range(1, 40):
        node = adapt(7, 8, 9, hourly=1000)
        node.vain(count)
        assert setting(node) == (7, 14)


def test_a_state_of_few_bytes_survives_a_restart():
    node = adapt(7, 8, 9)
    answers(node, 9, 5)
    state = node.state()
    assert len(state) == 5
    again = adapt(7, 8, 9)
    again.from_state(state)
    assert setting(again) == setting(node)
    assert answers(again, 9, 6) == answers(node, 9, 6)


def test_an_outage_is_no_part_of_the_state():
    node = adapt(7, 8, 9)
    answers(node, 9, 8)
    state = node.state()
    for count in range(1, 9):
        node.vain(count)
    assert node.state() == state


def test_what_is_no_state_of_these_channels_changes_nothing():
    state = adapt(7).state()
    for data in (b"", b"\x07", state, bytes([9]), bytes([9, 128 + 15]), bytes([9, 0]), bytes(6)):
        node = adapt(8, 9)
        node.from_state(data)
        assert setting(node) == (9, 14), data


def test_margins_beyond_all_measure_fit_into_the_state():
    for value in (-128, 127):
        node = adapt(7, 12)
        for _ in range(5):
            node.heard(value)
        again = adapt(7, 12)
        again.from_state(node.state())
        assert setting(again) == setting(node)


def test_a_fast_sf_at_which_nobody_hears_any_more_is_left_for_three_answers():
    """Of two modems the one at SF7 breaks: an answer at SF9 is no reason to go back at once."""
    node = adapt(7, 9)
    asks = ""
    count = 0
    for i in range(75):
        asks += str(node.sf)
        if node.sf == 9 or i < 5:
            node.heard(25)
            count = 0
        else:
            count += 1
            node.vain(count)
    # The first time it may be an outage of all.
    assert asks == "99977" + "7777" + "9" + ("7777" + "999") * 9 + "77"


def test_an_outage_is_forgotten_where_the_old_setting_is_heard_again():
    node = adapt(7, 9)
    for _ in range(5):
        node.heard(25)
    before = setting(node)
    for _ in range(3):  # outages, each with answers between
        for count in range(1, 6):
            node.vain(count)
        assert setting(node) == (9, 14)
        node.heard(25)
        assert node.sf == before[0] == 7
        node.heard(25)
