"""The duty cycle's ledger: never more than allowed, whatever happens to the clock and the state."""

from binascii import crc32, hexlify, unhexlify

from protocol.airtime import BANDS, Modulation
from protocol.duty import Ledger, when
from tests.shared.expect import Chance, refuses

K, L, M, N, O, P, Q = BANDS  # noqa: E741
SECOND = 1000000

# Of version 1: K, M, O and Q were used.
STATE = (
    b"01000004b000aa804007884020100804020100804020100804020100804020022de7300804020100804020100804"
    b"020100804020100804000187204020100804020100804020100804020100804020100011b4100804020100804020"
    b"100804020100804020100074dbc349"
)


def worn(now_s: int = 1000) -> Ledger:
    """Return a ledger of several sub-bands, some of them full."""
    ledger = Ledger()
    for band, ms in ((K, 3600), (M, 57), (O, 100000), (O, 100000), (Q, 36000)):
        ledger.record(band, ms * 1000, now_s)
    return ledger


def picture(ledger: Ledger, now_s: int) -> list:
    return [(band.name, ledger.left_ms(band, now_s)) for band in BANDS]


def is_full(ledger: Ledger, now_s: int) -> bool:
    return not any(left for _, left in picture(ledger, now_s))


def test_a_fresh_ledger_lets_everything_pass_that_is_allowed():
    for band in BANDS:
        ledger = Ledger()
        most = min(band.allowed_ms * 1000, 198 * SECOND)
        assert ledger.wait_s(band, most, 5) == 0
        assert ledger.left_ms(band, 5) == band.allowed_ms
        assert ledger.evidence(5) == []


def test_more_than_is_allowed_can_never_be_sent():
    ledger = Ledger()
    for band in (K, L, M, N, Q):
        assert ledger.wait_s(band, band.allowed_ms * 1000 + 1, 0) is None
    assert ledger.wait_s(O, 198 * SECOND, 0) == 0


def test_the_second_half_of_the_share_waits_for_the_first():
    ledger = Ledger()
    ledger.record(K, 2 * SECOND, 1000)
    assert ledger.wait_s(K, 1600000, 1000) == 0
    wait = ledger.wait_s(K, 1600001, 1000)
    assert 3600 < wait <= 3801
    assert ledger.wait_s(K, 1600001, 1000 + wait - 1) == 1
    assert ledger.wait_s(K, 1600001, 1000 + wait) == 0
    assert ledger.left_ms(K, 1000 + wait) == 3600


def test_only_as_much_must_pass_as_the_frame_needs():
    ledger = Ledger()
    for now_s in (0, 600, 1200, 1800):
        ledger.record(K, 900000, now_s)
    waits = [ledger.wait_s(K, ms * 1000, 1800) for ms in (1, 900, 901, 1800, 2700, 3600)]
    assert waits == [2000, 2000, 2600, 2600, 3200, 3800]


def test_what_is_sent_in_one_sub_band_costs_nothing_in_another():
    ledger = Ledger()
    ledger.record(K, 3600000, 7)
    assert ledger.wait_s(K, 1, 7) > 0
    for band in (L, M, N, O, P, Q):
        assert ledger.wait_s(band, 3600000, 7) == 0


def test_every_frame_is_rounded_up_to_a_millisecond():
    ledger = Ledger()
    for _ in range(3599):
        ledger.record(K, 1, 50)
    assert ledger.left_ms(K, 50) == 1
    assert ledger.wait_s(K, 1000, 50) == 0
    assert ledger.wait_s(K, 1001, 50) > 0


def test_a_frame_counts_until_an_hour_after_its_end():
    for now_s in range(398, 402):
        for airtime in (1, SECOND - 1, SECOND, 3 * SECOND):
            ledger = Ledger()
            ledger.record(L, airtime, now_s)
            # The frame began before now_s + 1.
            end = now_s + 1 + -(-airtime // SECOND)
            assert ledger.evidence(end + 3599) != []
            assert ledger.evidence(end + 3600 + 200) == []


def test_what_was_sent_without_asking_is_counted():
    ledger = Ledger()
    for _ in range(3):
        ledger.record(K, 3 * SECOND, 10)
    assert ledger.left_ms(K, 10) == 0
    assert ledger.evidence(10) == [("K", 9000, 3600)]
    for _ in range(100):  # more than an hour can hold: counted as far as a bucket goes
        ledger.record(P, 198 * SECOND, 10)
    assert ledger.left_ms(P, 10) == 0
    assert Ledger.from_state(ledger.state(), 10).evidence(10) == ledger.evidence(10)


def test_frames_that_no_radio_sends_are_refused():
    ledger = Ledger()
    for airtime in (-1, 199 * SECOND, 1 << 40):
        refuses(ValueError, ledger.record, O, airtime, 0)
        refuses(ValueError, ledger.wait_s, O, airtime, 0)
    assert ledger.evidence(0) == []


def test_a_time_that_no_node_has_is_refused():
    ledger = worn()
    for now_s in (-1, 0xFFFFFFFF, 1 << 40):
        refuses(ValueError, ledger.wait_s, K, 1, now_s)
        refuses(ValueError, Ledger.from_state, b"", now_s)
        refuses(ValueError, Ledger.from_state, ledger.state(), now_s)
    last = 0xFFFFFFFE
    ledger.record(K, 1, last)
    assert Ledger.from_state(ledger.state(), last).left_ms(K, last) == 3599


def test_evidence_names_what_was_used_in_order():
    ledger = worn(1000)
    assert ledger.evidence(1000) == [
        ("K", 3600, 3600),
        ("M", 57, 36000),
        ("O", 200000, 360000),
        ("Q", 36000, 36000),
    ]
    assert ledger.evidence(1000 + 3600 + 402) == []


def test_to_ask_changes_nothing():
    ledger = worn(5000)
    state = ledger.state()
    for now_s in (5000, 20000, 0, 0xFFFFFFFE):  # neither of the future nor of the past
        ledger.wait_s(K, 1, now_s)
        ledger.left_ms(K, now_s)
        ledger.evidence(now_s)
        assert ledger.state() == state
    assert ledger.left_ms(K, 5000) == 0


def test_a_clock_that_was_lost_forgives_nothing():
    ledger = worn(100000)
    before = picture(ledger, 100000)
    ledger = Ledger.from_state(ledger.state(), 5)
    assert picture(ledger, 5) == before
    wait = ledger.wait_s(K, 1, 5)
    assert 3600 < wait <= 3802
    assert ledger.wait_s(K, 1, 5 + wait - 1) == 1
    assert ledger.wait_s(K, 1, 5 + wait) == 0


def test_a_clock_that_falls_back_while_the_node_runs_is_waited_for():
    ledger = worn(100000)
    wait = ledger.wait_s(K, 1, 99000)
    assert 4600 < wait <= 4801
    assert ledger.wait_s(K, 1, 99000 + wait - 1) == 1
    assert ledger.wait_s(K, 1, 99000 + wait) == 0
    ledger.record(M, 1, 99000)  # from here on the ledger goes with it
    assert 3600 < ledger.wait_s(K, 1, 99000) <= 3802


def test_a_clock_that_is_lost_all_the_time_stands_still():
    ledger = worn(2000)
    before = picture(ledger, 2000)
    for now_s in range(1500, 0, -3):
        # Each time it shows less, and one second more at once: that may have been an instant.
        for moment in (now_s, now_s + 1):
            ledger = Ledger.from_state(ledger.state(), moment)
    assert picture(ledger, 4) == before
    assert 3600 < ledger.wait_s(K, 1, 4) <= 3802


def test_a_node_that_does_not_know_how_long_it_slept_forgives_nothing():
    ledger = worn(1000)
    for _ in range(100):
        ledger = Ledger.from_state(ledger.state(), 1000)
        assert ledger.wait_s(K, 1, 1000) > 3600
    assert Ledger.from_state(ledger.state(), 4900).evidence(4900) == []


def test_the_state_is_the_ledger():
    chance = Chance(3)
    ledger, twin, now_s = Ledger(), Ledger(), 123
    for _ in range(300):
        now_s += chance.below(3) and chance.below(150)
        band = BANDS[chance.below(7)]
        airtime = chance.between(1, 2 * SECOND)
        for one in (ledger, twin):
            one.record(band, airtime, now_s)
        state = ledger.state()
        assert state == twin.state()
        twin = Ledger.from_state(state, now_s)
        assert twin.state() == state
        assert twin.evidence(now_s) == ledger.evidence(now_s)


def test_the_state_is_written_as_before():
    assert hexlify(Ledger().state()) == b"010000000000003b1bd4ca"
    ledger = worn(1000)
    ledger.record(M, 1974272, 1200)
    assert hexlify(ledger.state()) == STATE
    assert Ledger.from_state(unhexlify(STATE), 1200).evidence(1200) == ledger.evidence(1200)


def test_the_state_is_small():
    ledger = Ledger()
    assert len(ledger.state()) == 11
    ledger.record(M, 57000, 0)
    assert len(ledger.state()) <= 36
    for now_s in range(200, 200 + 19 * 200, 200):
        for band in BANDS:
            # What costs most bits: nearly as much in every bucket.
            ledger.record(band, min(band.allowed_ms * 1000 // 20, 198 * SECOND), now_s)
    assert len(ledger.evidence(200 + 18 * 200)) == 7
    assert len(ledger.state()) <= 300
    assert ledger.evidence(9000) == []
    assert len(Ledger.from_state(ledger.state(), 9000).state()) == 11


def test_a_damaged_state_is_a_full_hour():
    state = worn(1000).state()
    damaged = [state[:end] for end in range(len(state))]
    damaged += [state + b"\x00", b"\x00" + state, bytes(4), bytes(len(state)), b"\xff" * 30]
    for at in range(len(state)):
        for bit in range(8):
            broken = bytearray(state)
            broken[at] ^= 1 << bit
            damaged.append(bytes(broken))
    for data in damaged:
        assert is_full(Ledger.from_state(data, 2000), 2000), data


def test_a_state_that_only_its_checksum_calls_good_is_a_full_hour():
    body = worn(1000).state()[:-4]
    version_2 = bytes([2]) + body[1:]
    bits_after = body + b"\x01"
    too_short = body[:-1]
    for data in (version_2, bits_after, too_short, b"", body[:6]):
        sealed = data + crc32(data).to_bytes(4, "big")
        assert is_full(Ledger.from_state(sealed, 2000), 2000)


def test_a_full_hour_is_an_hour():
    ledger = Ledger.from_state(b"", 2000)
    assert is_full(ledger, 2000)
    assert is_full(ledger, 5600)
    assert [name for name, _, _ in ledger.evidence(5600)] == [band.name for band in BANDS]
    assert Ledger.from_state(ledger.state(), 5600).wait_s(P, 1, 5600) == 1
    assert ledger.wait_s(M, 36 * SECOND, 2000 + 3601) == 0
    assert ledger.evidence(5601) == []


def test_when_asks_for_a_frame_by_its_length():
    ledger = Ledger()
    slow = Modulation(12)
    assert when(ledger, K, slow, 40, 50) == 50  # 1974.272 ms
    ledger.record(K, slow.airtime_us(40), 50)
    later = when(ledger, K, slow, 40, 60)
    assert later == 60 + ledger.wait_s(K, slow.airtime_us(40), 60)
    assert 3650 < later <= 3852
    assert when(ledger, K, slow, 60, 60) > 3600
    assert when(ledger, K, slow, 255, 60) is None
    assert when(ledger, M, slow, 255, 60) == 60


def test_a_modest_share_passes_a_saturated_hour():
    """As fast as it lets us: what the buckets cost of the share."""
    ledger = Ledger()
    airtime = Modulation(9).airtime_us(16)
    now_s = sent = 0
    while now_s < 10 * 3600:
        wait = ledger.wait_s(M, airtime, now_s)
        if wait:
            now_s += wait
            continue
        ledger.record(M, airtime, now_s)
        sent += 1
        now_s += 1
    assert 36000 * 10 * 9 // 10 < sent * airtime // 1000 <= 36000 * 11
