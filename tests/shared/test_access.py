"""A node's way onto the air: spread over time, and within the duty cycle."""

from protocol._compat import ticks_add
from protocol.access import START_MS, Access, Channel
from protocol.airtime import Modulation
from protocol.duty import Ledger
from tests.shared.channels import (
    IN_K,
    IN_L,
    IN_M,
    IN_M_TOO,
    LENGTH,
    MINUTE_MS,
    SF9,
    SF10,
    SLOW,
    access,
    most,
    send,
)
from tests.shared.expect import Chance, refuses


def test_who_has_nothing_in_common_with_others_sends_at_once():
    assert access().wait_ms(LENGTH, 0, 0) == 0


def test_a_sample_is_sent_at_a_random_moment_before_the_next_one():
    chance = Chance(1)
    tenths = [0] * 10
    for _ in range(2000):
        node = access(random=chance.below)
        node.news(15 * MINUTE_MS, 1000)
        wait = node.wait_ms(LENGTH, 1, 1000)
        assert 0 <= wait <= 15 * MINUTE_MS
        tenths[min(wait // 90000, 9)] += 1
    assert min(tenths) > 150
    assert max(tenths) < 250


def test_the_moment_is_drawn_once_and_comes_nearer():
    node = access(random=lambda span: span // 3)
    node.news(15 * MINUTE_MS, 0)
    wait = node.wait_ms(LENGTH, 0, 0)
    assert wait == 5 * MINUTE_MS
    for now in (1, 1000, wait - 1):
        assert node.wait_ms(LENGTH, 0, now) == wait - now
    node.news(15 * MINUTE_MS, 1000)  # the next cause does not put it off
    assert node.wait_ms(LENGTH, 0, 2000) == wait - 2000
    assert node.wait_ms(LENGTH, 0, wait) == 0
    assert node.wait_ms(LENGTH, 0, wait + 1) == 0


def test_short_intervals_are_spread_over_themselves_and_long_ones_over_a_quarter_of_an_hour():
    for span, bound in ((10000, 10000), (MINUTE_MS, MINUTE_MS), (3600000, 15 * MINUTE_MS)):
        node = access(random=most)
        node.news(span, 0)
        assert node.wait_ms(LENGTH, 0, 0) == bound


def test_power_up_is_spread_over_a_quarter_of_an_hour():
    node = access(random=most)
    node.news(START_MS, 0)
    assert node.wait_ms(LENGTH, 0, 0) == 15 * MINUTE_MS


def test_a_wait_ends_across_the_wrap_of_ticks_and_long_after_it():
    start = ticks_add(0, -1000)
    node = access(random=most)
    node.news(10000, start)
    assert node.wait_ms(LENGTH, 0, start) == 10000
    assert node.wait_ms(LENGTH, 0, 0) == 9000
    node.news(10000, 20000)
    assert node.wait_ms(LENGTH, 0, ticks_add(20000, 1 << 29)) == 0  # 6 days later


def test_two_frames_of_a_node_keep_a_random_distance():
    node = access(random=most)
    send(node)
    first = node.wait_ms(LENGTH, 0, 5000)
    assert first == 16 * 309  # airtimes, from when it is first due
    assert node.wait_ms(LENGTH, 0, 6000) == first - 1000
    assert node.wait_ms(LENGTH, 0, 5000 + first) == 0
    send(node)
    node.news(MINUTE_MS, 90000)  # this wait holds the other
    assert node.wait_ms(LENGTH, 0, 90000) == MINUTE_MS
    assert node.wait_ms(LENGTH, 0, 90000 + MINUTE_MS) == 0


# ---------------------------------------------------------------------- the duty cycle


def test_a_full_sub_band_makes_a_frame_wait_as_the_ledger_says():
    ledger = Ledger()
    ledger.record(IN_M.band, 36000000, 100)
    node = access(ledger=ledger)
    expected = ledger.wait_s(IN_M.band, SF9.airtime_us(LENGTH), 100)
    assert expected > 3600
    assert node.wait_ms(LENGTH, 100, 0) == 1000 * expected
    assert node.begin(LENGTH, 100) is None
    assert node.wait_ms(LENGTH, 100 + expected, 1000 * expected) == 0
    assert node.begin(LENGTH, 100 + expected) is IN_M


def test_another_sub_band_takes_over_where_one_is_full():
    ledger = Ledger()
    ledger.record(IN_M.band, 36000000, 100)
    node = access((IN_M, IN_M_TOO, IN_L), Chance(3).below, ledger)
    assert node.wait_ms(LENGTH, 100, 0) == 0
    for _ in range(20):
        assert node.begin(LENGTH, 100) is IN_L


def test_channels_with_room_share_the_frames():
    node = access((IN_M, IN_M_TOO, IN_L, SLOW), Chance(4).below)
    drawn = [node.begin(LENGTH, 0) for _ in range(300)]
    for channel in (IN_M, IN_M_TOO, IN_L):
        assert 70 < drawn.count(channel) < 130
    assert drawn.count(SLOW) == 0  # another SF
    node.sf = 10
    assert node.begin(LENGTH, 0) is SLOW


def test_an_sf_that_no_channel_has_or_a_frame_no_sub_band_takes_waits_for_ever():
    node = access()
    node.sf = 12
    assert node.wait_ms(LENGTH, 0, 0) is None
    assert node.begin(LENGTH, 0) is None
    slowest = Channel(864100000, Modulation(12))
    assert access((slowest,)).wait_ms(120, 0, 0) is None
    assert access((slowest,)).begin(120, 0) is None
    assert access((slowest,)).wait_ms(20, 0, 0) == 0
    refuses(ValueError, access().wait_ms, 256, 0, 0)


def test_the_backfill_leaves_room_for_live_frames():
    node = access((IN_K,))
    assert sent_at_once(node, False) == 11 - 3  # of 309 ms
    assert sent_at_once(node, True) == 3
    # A sub-band that holds less than four frames serves the backfill too.
    assert access((Channel(864100000, SF10),)).wait_ms(120, 0, 0, False) == 0


def sent_at_once(node: Access, is_live: bool) -> int:
    """Send all that the ledger has room for; return how many frames."""
    count = 0
    while True:
        gap = node.wait_ms(LENGTH, 0, 0)
        if node.wait_ms(LENGTH, 0, gap, is_live):
            return count
        send(node)
        count += 1


def test_a_frame_is_in_the_state_before_it_is_on_the_air():
    node = access()
    node.begin(LENGTH, 50)
    state = node.sending(LENGTH, 50)
    again = Ledger.from_state(state, 50)
    assert again.evidence(50) == [("M", 309, 36000)]


def test_a_node_that_crashes_after_each_frame_keeps_the_duty_cycle():
    """Each life counts its seconds from zero, and sends as soon as it may."""
    state = Ledger().state()
    sent = 0
    for _ in range(200):
        ledger = Ledger.from_state(state, 0)
        node = access(ledger=ledger)
        if node.wait_ms(LENGTH, 1, 1000) == 0 and node.begin(LENGTH, 1):
            state = node.sending(LENGTH, 1)
            sent += 1
        else:
            assert node.begin(LENGTH, 1) is None
    assert sent == 36000 // 309


def test_channels_are_those_that_are_allowed():
    assert Channel(868100000, SF9).band.name == "M"
    assert Channel(869850000, SF9, 7).band.name == "P"
    refuses(ValueError, Channel, 868650000, SF9)
    refuses(ValueError, Channel, 868100000, SF9, 20)


def test_one_live_frame_an_hour_does_not_end_the_backfill_of_a_small_sub_band():
    """Sub-band K has 3.6 s in an hour, a frame at SF10 lasts more than a second."""
    node = access([Channel(IN_K.frequency_hz, SF10)])
    old_frames = 0
    for minute in range(24 * 60):
        is_live = minute % 55 == 0
        if node.wait_ms(100, 60 * minute, MINUTE_MS * minute, is_live) == 0:
            send(node, 60 * minute, 100)
            old_frames += not is_live
    assert old_frames >= 20


def test_a_frame_that_was_spread_asleep_waits_for_no_gap():
    for is_spread in (False, True):
        node = access(random=most)
        send(node)
        woken = access(random=most)
        woken.restore(node.state(1000), 1000)
        if is_spread:
            woken.spread()
        assert (woken.wait_ms(LENGTH, 7200, 7200000) > 0) != is_spread
