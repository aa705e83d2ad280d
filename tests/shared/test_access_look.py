"""A look at the channel before a frame: random waits that grow, and an end to all waiting."""

from protocol.access import Access, Channel
from protocol.airtime import Modulation, sub_band
from protocol.duty import Ledger
from protocol.lora import (
    ANSWER_AFTER_MS,
    ANSWER_HZ,
    ANSWER_UNTIL_MS,
    LISTEN_AFTER_MS,
    listen_until_ms,
)
from tests.shared.channels import IN_L, IN_M, IN_M_TOO, LENGTH, access, least, most
from tests.shared.expect import Chance


def looks_until_sent(node: Access) -> list:
    """Hear somebody at every look; return the waits between them."""
    waits = []
    while True:
        wait = node.heard(True)
        if wait == 0:
            return waits
        waits.append(wait)


def test_a_quiet_channel_is_taken_at_once():
    node = access()
    assert node.begin(LENGTH, 0) is IN_M
    assert node.heard(False) == 0
    assert (node.deferred, node.forced) == (0, 0)


def test_waits_double_up_to_sixteen_airtimes_and_end_after_eight_looks():
    node = access(random=most)
    node.begin(12, 0)  # 145 ms
    assert looks_until_sent(node) == [145 * n for n in (2, 4, 8, 16, 16, 16, 16)]
    assert (node.deferred, node.forced) == (1, 1)


def test_a_wait_is_never_nothing_and_is_spread():
    assert min(looks_until_sent_by(least)) == 1
    chance = Chance(5)
    first = [looks_until_sent_by(chance.below)[0] for _ in range(300)]
    assert min(first) < 40
    assert max(first) > 2 * 309 - 40


def looks_until_sent_by(random) -> list:
    node = access(random=random)
    node.begin(LENGTH, 0)
    return looks_until_sent(node)


def test_no_frame_is_held_up_for_longer_than_a_batch_stays_true():
    for sf in (7, 9, 10, 12):
        for length in (1, 60, 120, 255):
            channel = Channel(869525000, Modulation(sf), 27)
            node = access((channel,), most)
            node.begin(length, 0)
            waits = looks_until_sent(node)
            assert sum(waits) <= 24000
            assert len(waits) <= 7
            assert node.forced == 1


def test_a_channel_that_falls_silent_is_taken_and_the_next_frame_begins_anew():
    node = access(random=most)
    node.begin(12, 0)
    assert node.heard(True) == 2 * 145
    assert node.heard(True) == 4 * 145
    assert node.heard(False) == 0
    node.sending(12, 0)
    node.begin(12, 0)
    assert node.heard(True) == 2 * 145
    assert (node.deferred, node.forced) == (2, 0)


def test_while_one_channel_is_busy_others_are_looked_at():
    node = access((IN_M, IN_M_TOO, IN_L), Chance(6).below)
    seen = {node.begin(LENGTH, 0).frequency_hz}
    for _ in range(7):
        node.heard(True)
        seen.add(node.channel.frequency_hz)
    assert len(seen) == 3
    node.sending(LENGTH, 0)  # counts for the channel of the last look
    used = [name for name, _, _ in Ledger.from_state(node.sending(LENGTH, 0), 0).evidence(0)]
    assert used == [node.channel.band.name]


def test_a_frame_never_moves_to_a_sub_band_without_room():
    ledger = Ledger()
    ledger.record(IN_M.band, 36000000, 0)
    node = access((IN_M, IN_L, IN_M_TOO), Chance(8).below, ledger)
    assert node.begin(LENGTH, 0) is IN_L
    for _ in range(7):
        node.heard(True)
        assert node.channel is IN_L


# ---------------------------------------------------------------------- the answer


def test_the_receive_window_lies_around_the_answer_and_where_a_gateway_may_send():
    assert sub_band(ANSWER_HZ, 125000, 27).name == "O"
    assert LISTEN_AFTER_MS < ANSWER_AFTER_MS < ANSWER_UNTIL_MS
    for sf in (7, 9, 12):
        modulation = Modulation(sf)
        preamble_ms = (8 + 4) * modulation.symbol_us // 1000
        assert ANSWER_UNTIL_MS + preamble_ms < listen_until_ms(modulation)
        assert listen_until_ms(modulation) < 3000
