"""The duty cycle against an exact account in us, by a node that sleeps, restarts and forgets.

Time is true time in us. The node has a clock that may lag, and falls back with every restart that
loses it; what it sent is on the air from the true moment on.
"""

import math
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.airtime import BANDS, SX126X, SX127X, Modulation, sub_band
from protocol.duty import Ledger

HOUR = 3_600_000_000
SECOND = 1_000_000
SLACK = 201 * SECOND


class Node:
    """A node with one transmitter, its ledger, and the truth about both."""

    def __init__(self, start_us: int):
        self.true_us = start_us
        self.lost_us = 0  # what the clock lags behind
        self.ledger = Ledger()
        self.sent: dict[str, list[tuple[int, int]]] = {}

    def now_s(self) -> int:
        return (self.true_us - self.lost_us) // SECOND

    def send(self, band, airtime_us: int, patient: bool) -> None:
        """Send when the ledger says so: now, or after the wait, or not at all."""
        wait = self.ledger.wait_s(band, airtime_us, self.now_s())
        if wait is None or (wait and not patient):
            return
        if wait:
            self.true_us = (self.now_s() + wait) * SECOND + self.lost_us
            assert self.ledger.wait_s(band, airtime_us, self.now_s()) == 0
        self.ledger.record(band, airtime_us, self.now_s())
        end_us = self.true_us + airtime_us
        self.sent.setdefault(band.name, []).append((self.true_us, end_us))
        self.true_us = end_us

    def sleep(self, us: int, lag_percent: int = 0) -> None:
        self.true_us += us
        self.lost_us += us * lag_percent // 100

    def wake(self) -> None:
        """Deep sleep or a restart: of the ledger, the state is left."""
        state = self.ledger.state()
        self.ledger = Ledger.from_state(state, self.now_s())
        assert self.ledger.state() == Ledger.from_state(state, self.now_s()).state()

    def lose_clock(self, permille: int) -> None:
        """Start again with a clock that shows anything between 0 and what it should show."""
        self.lost_us += (self.true_us - self.lost_us) * permille // 1000
        self.wake()

    def lose_state(self) -> None:
        self.ledger = Ledger.from_state(b"", self.now_s())


def most_in_an_hour(sent: list[tuple[int, int]]) -> int:
    """Return the most within any hour: of all frames on the air in it, even for a moment.

    The hour may as well end just when its last frame begins, for no other begins later.
    """
    return max((touched_before(sent, start) for start, _ in sent), default=0)


def touched_before(sent: list[tuple[int, int]], start: int) -> int:
    return sum(e - s for s, e in sent if s <= start and e > start - HOUR)


SHORT_BANDS = st.sampled_from([band for band in BANDS if band.name in "KMOQ"])
AIRTIMES = st.integers(1, 3_600_000) | st.integers(1, 36 * SECOND) | st.integers(1, 198 * SECOND)
EDGES = st.builds(
    lambda buckets, us: max(200 * SECOND * buckets + us, 0),
    st.integers(0, 20),
    st.integers(-4 * SECOND, SECOND),
)
GAPS = st.integers(0, 2 * SECOND) | EDGES | st.integers(0, 600 * SECOND) | st.integers(0, 2 * HOUR)
PERMILLE = st.sampled_from((0, 1000)) | st.integers(0, 1000)

ACTIONS = st.one_of(
    st.tuples(st.just("send"), SHORT_BANDS, AIRTIMES, st.booleans()),
    st.tuples(st.just("burst"), SHORT_BANDS, AIRTIMES, st.integers(2, 20)),
    st.tuples(st.just("sleep"), GAPS),
    st.tuples(st.just("sleep"), GAPS, st.integers(0, 100)),
    st.tuples(st.just("wake")),
    st.tuples(st.just("lose_clock"), PERMILLE),
    st.tuples(st.just("lose_state")),
)


def run(node: Node, actions: list[tuple]) -> None:
    for name, *arguments in actions:
        if name == "burst":
            band, airtime_us, count = arguments
            for _ in range(count):
                node.send(band, airtime_us, True)
        else:
            getattr(node, name)(*arguments)


@settings(max_examples=300)
@given(EDGES | st.integers(0, 10 * HOUR), st.lists(ACTIONS, max_size=40))
def test_no_hour_ever_holds_more_than_is_allowed(start_us, actions):
    node = Node(start_us)
    run(node, actions)
    for band in BANDS:
        assert most_in_an_hour(node.sent.get(band.name, [])) <= band.allowed_ms * 1000


@given(SHORT_BANDS, AIRTIMES, st.lists(st.tuples(GAPS, PERMILLE), min_size=1, max_size=40))
def test_a_node_that_restarts_before_every_frame_keeps_the_hour(band, airtime_us, restarts):
    node = Node(5 * HOUR)
    for gap, permille in restarts:
        node.sleep(gap % (3 * SECOND))
        node.lose_clock(permille)
        node.send(band, airtime_us, True)
        node.send(band, airtime_us, False)
    assert most_in_an_hour(node.sent.get(band.name, [])) <= band.allowed_ms * 1000


def exact_moment(sent: list[tuple[int, int]], airtime_us: int, allowed_ms: int, now: int) -> int:
    """Return when a frame may be sent, by an account of whole frames in ms without buckets."""
    live = sorted((end + HOUR, -(-(end - start) // 1000)) for start, end in sent)
    live = [(until, ms) for until, ms in live if until > now]
    over = sum(ms for _, ms in live) + -(-airtime_us // 1000) - allowed_ms
    moment = now
    for until, ms in live:
        if over <= 0:
            break
        over -= ms
        moment = until
    return moment


K_AIRTIMES = st.integers(1, 3_600_000) | st.integers(50_000, 1_500_000) | AIRTIMES
STEPS = st.lists(st.tuples(GAPS, K_AIRTIMES, st.booleans()), min_size=1, max_size=40)


@given(EDGES, st.integers(1, 3_600_000), EDGES)
def test_a_full_share_sent_twice_is_an_hour_apart(start_us, airtime_us, gap):
    """The same, of few frames that end at the edge of a bucket."""
    node = Node(start_us)
    share = BANDS[0].allowed_ms * 1000
    node.send(BANDS[0], airtime_us, True)
    node.send(BANDS[0], share - airtime_us, True)
    node.sleep(gap)
    node.send(BANDS[0], airtime_us, True)
    node.send(BANDS[0], share, True)
    assert most_in_an_hour(node.sent[BANDS[0].name]) <= share


@settings(max_examples=300)
@given(EDGES | st.integers(0, HOUR), STEPS)
def test_nobody_waits_much_longer_than_an_exact_account_says(start_us, steps):
    band = BANDS[0]
    node = Node(start_us)
    for gap, airtime_us, patient in steps:
        node.sleep(gap)
        now = node.true_us
        wait = node.ledger.wait_s(band, airtime_us, node.now_s())
        assert (wait is None) == (airtime_us > band.allowed_ms * 1000)
        if wait is not None:
            sent = node.sent.get(band.name, [])
            exact = exact_moment(sent, airtime_us, band.allowed_ms, now)
            ours = (node.now_s() + wait) * SECOND if wait else now
            assert exact <= ours <= exact + SLACK
            assert not wait or node.ledger.wait_s(band, airtime_us, node.now_s() + wait - 1) == 1
        node.send(band, airtime_us, patient)


@given(st.lists(st.tuples(SHORT_BANDS, AIRTIMES, GAPS), max_size=30), st.integers(0, 8000))
def test_a_state_says_all_that_a_ledger_knows(frames, later):
    node = Node(0)
    for band, airtime_us, gap in frames:
        node.ledger.record(band, airtime_us, node.now_s())
        node.sleep(gap)
    now_s = node.now_s()
    again = Ledger.from_state(node.ledger.state(), now_s)
    assert again.state() == Ledger.from_state(again.state(), now_s).state()
    for moment in (now_s, now_s + later):
        assert again.evidence(moment) == node.ledger.evidence(moment)
        for band in BANDS:
            assert again.left_ms(band, moment) == node.ledger.left_ms(band, moment)
            expected = node.ledger.wait_s(band, SECOND, moment)
            assert again.wait_s(band, SECOND, moment) == expected


def is_full(ledger: Ledger, now_s: int) -> bool:
    return not any(ledger.left_ms(band, now_s) for band in BANDS)


@given(st.lists(st.tuples(SHORT_BANDS, AIRTIMES, GAPS), max_size=8), st.data())
def test_a_damaged_state_never_gives_more_than_the_truth(frames, data):
    node = Node(0)
    for band, airtime_us, gap in frames:
        node.ledger.record(band, airtime_us, node.now_s())
        node.sleep(gap)
    state, now_s = node.ledger.state(), node.now_s()
    cut = data.draw(st.integers(0, len(state) - 1))
    at, bits = data.draw(st.integers(0, len(state) - 1)), data.draw(st.integers(1, 255))
    changed = state[:at] + bytes([state[at] ^ bits]) + state[at + 1 :]
    for damaged in (state[:cut], changed, state[cut:] + state[:cut] if cut else b""):
        if damaged != state:
            ledger = Ledger.from_state(damaged, now_s)
            assert is_full(ledger, now_s)
            assert is_full(ledger, now_s + 3600)


@given(st.binary(max_size=300), st.integers(0, 2**32 - 2))
def test_any_bytes_are_no_state(data, now_s):
    assert is_full(Ledger.from_state(data, now_s), now_s)


SETTINGS = st.tuples(
    st.integers(5, 12),
    st.sampled_from((62500, 125000, 250000, 500000)),
    st.integers(5, 8),
    st.integers(1, 1000) | st.integers(6, 16),
    st.booleans(),
    st.booleans(),
    st.sampled_from((None, None, False, True)),
    st.sampled_from((SX126X, SX127X)),
)


def exact_airtime(setting: tuple, length: int) -> Fraction:
    """Return the seconds on air in the terms of the data sheets."""
    sf, bandwidth, coding, preamble, explicit, crc, low_rate, chip = setting
    symbol = Fraction(2**sf, bandwidth)
    de = symbol >= Fraction(16, 1000) if low_rate is None else low_rate
    if chip == SX126X and sf < 7:  # SX1261/2 data sheet, 6.1.4
        bits = max(8 * length + 16 * crc - 4 * sf + 20 * explicit, 0)
        return (
            preamble + Fraction(25, 4) + 8 + math.ceil(Fraction(bits, 4 * sf)) * coding
        ) * symbol
    # SX1276 data sheet, 4.1.1.7
    bits = 8 * length - 4 * sf + 28 + 16 * crc - 20 * (not explicit)
    payload = 8 + max(math.ceil(Fraction(bits, 4 * (sf - 2 * de))) * coding, 0)
    return (preamble + Fraction(17, 4)) * symbol + payload * symbol


def is_possible(setting: tuple) -> bool:
    sf, _, _, _, explicit, _, low_rate, chip = setting
    if chip == SX127X:
        return sf > 6 or (sf == 6 and not explicit)
    return sf > 6 or not low_rate


@settings(max_examples=500)
@given(SETTINGS.filter(is_possible))
def test_every_airtime_is_exact(setting):
    modulation = Modulation(*setting)
    for length in range(256):
        us = modulation.airtime_us(length)
        assert us == exact_airtime(setting, length) * SECOND
        assert type(us) is int
        assert us < 2**30


@given(st.integers(862_500_000, 870_500_000), st.integers(7_000, 500_000), st.integers(-5, 30))
def test_a_channel_is_allowed_where_a_band_holds_it(frequency, bandwidth, erp_dbm):
    low, high = Fraction(2 * frequency - bandwidth, 2), Fraction(2 * frequency + bandwidth, 2)
    holding = [b for b in BANDS if b.low_hz <= low and high <= b.high_hz]
    allowed = [b for b in holding if erp_dbm <= b.max_erp_dbm]
    try:
        band = sub_band(frequency, bandwidth, erp_dbm)
    except ValueError:
        # A bandwidth without a middle may be refused where it fits to the hertz.
        assert not allowed or bandwidth % 2
        return
    assert band is allowed[0]
