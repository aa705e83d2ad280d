"""Channel access under any history: the ether's own account of the duty cycle, and every bound."""

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.access import Access, Channel
from protocol.adapt import Adapt
from protocol.airtime import Modulation
from protocol.duty import Ledger

HOUR_US = 3_600_000_000
SECOND = 1_000_000
CHANNELS = [
    Channel(864_100_000, Modulation(9)),  # K: 3.6 s an hour
    Channel(868_100_000, Modulation(9)),  # M
    Channel(868_300_000, Modulation(9)),
    Channel(868_500_000, Modulation(12)),
    Channel(868_850_000, Modulation(12)),  # N: 3.6 s an hour
    Channel(869_850_000, Modulation(10), 7),  # P: no limit
]


class Life:
    """A node that sends all it may, through restarts, on an ether that writes everything down."""

    def __init__(self, channels, random):
        self.true_us = 0
        self.booted_us = 0
        self.channels = channels
        self.random = random
        self.state = Ledger().state()
        self.on_air: list[tuple[str, int, int]] = []
        self.boot()

    def boot(self) -> None:
        self.booted_us = self.true_us
        ledger = Ledger.from_state(self.state, 0)
        self.access = Access(self.channels, ledger, self.random)

    def now_s(self) -> int:
        return (self.true_us - self.booted_us) // SECOND

    def now_ms(self) -> int:
        return (self.true_us - self.booted_us) // 1000 % (1 << 30)

    def send(self, length: int, busy: int, is_live: bool, crashes: bool) -> None:
        """Send where it is allowed; with `crashes`, power fails as soon as the radio sends."""
        access = self.access
        if access.wait_ms(length, self.now_s(), self.now_ms(), is_live) != 0:
            return
        if access.begin(length, self.now_s()) is None:
            return
        while wait_ms := access.heard(busy > 0):
            assert wait_ms > 0
            self.true_us += 1000 * wait_ms
            busy -= 1
        self.state = access.sending(length, self.now_s())
        airtime_us = access.channel.modulation.airtime_us(length)
        start = self.true_us
        self.true_us += airtime_us
        self.on_air.append((access.channel.band.name, start, self.true_us))
        if crashes:
            self.boot()

    def most_in_an_hour(self, name: str) -> int:
        frames = [(start, end) for band, start, end in self.on_air if band == name]
        return max(
            (sum(e - s for s, e in frames if s <= at and e > at - HOUR_US) for at, _ in frames),
            default=0,
        )


ACTIONS = st.one_of(
    st.tuples(
        st.just("send"), st.integers(1, 255), st.integers(0, 9), st.booleans(), st.booleans()
    ),
    st.tuples(st.just("send"), st.just(255), st.just(0), st.just(True), st.booleans()),
    st.tuples(st.just("sleep"), st.integers(0, 600 * SECOND)),
    st.tuples(st.just("boot")),
    st.tuples(st.just("sf"), st.sampled_from((9, 10, 12))),
)


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=6),
    st.lists(st.tuples(ACTIONS, st.integers(1, 30)), max_size=30),
    st.randoms(use_true_random=False),
)
def test_no_hour_on_the_air_holds_more_than_is_allowed(channels, actions, dice):
    life = Life(channels, dice.randrange)
    for (name, *arguments), times in actions:
        for _ in range(times):
            if name == "send":
                life.send(*arguments)
                life.true_us += 10 * SECOND  # the gap between two frames
            elif name == "sleep":
                life.true_us += arguments[0]
            elif name == "sf":
                life.access.sf = arguments[0]
            else:
                life.boot()
    for channel in channels:
        assert life.most_in_an_hour(channel.band.name) <= channel.band.allowed_ms * 1000


@given(st.integers(7, 12), st.integers(1, 255), st.randoms(use_true_random=False))
def test_every_hold_up_is_bounded_and_ends_with_the_frame_sent(sf, length, dice):
    access = Access([Channel(869_525_000, Modulation(sf), 27)], Ledger(), dice.randrange)
    assert access.begin(length, 0) is access.channel
    waits = []
    while wait := access.heard(True):
        waits.append(wait)
    assert sum(waits) <= 24_000
    assert len(waits) <= 7
    assert (access.deferred, access.forced) == (1, 1)


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 1_000_000), st.integers(0, 1_200_000)),
        max_size=30,
    ),
    st.integers(0, (1 << 30) - 1),
    st.randoms(use_true_random=False),
)
def test_no_cause_holds_a_node_for_more_than_a_quarter_of_an_hour(causes, start, dice):
    access = Access([CHANNELS[5]], Ledger(), dice.randrange)
    access.sf = 10
    elapsed = 0
    for is_news, span, step in causes:
        now_ms = (start + elapsed) % (1 << 30)
        if is_news:
            access.news(span, now_ms)
        wait = access.wait_ms(50, elapsed // 1000, now_ms)
        assert wait is not None
        assert 0 <= wait <= 900_000
        later_ms = (now_ms + wait) % (1 << 30)
        assert access.wait_ms(50, (elapsed + wait) // 1000, later_ms) == 0
        elapsed += max(step, wait)


MARGINS = st.lists(
    st.one_of(st.integers(-128, 127), st.integers(5, 20)).map(lambda m: ("heard", m))
    | st.integers(1, 20).map(lambda n: ("vain", n))
    | st.just(("restart", 0)),
    max_size=60,
)


@given(
    st.lists(st.integers(7, 12), min_size=1, max_size=6),
    st.integers(1, 255),
    st.integers(1, 5000),
    st.integers(0, 22),
    MARGINS,
)
def test_no_history_leads_out_of_what_is_allowed(sfs, length, hourly, most_dbm, history):
    channels = [Channel(868_100_000, Modulation(sf)) for sf in sfs]

    def built() -> Adapt:
        return Adapt(channels, length, hourly, most_dbm)

    allowed = {
        c.modulation.sf
        for c in channels
        if c.modulation.airtime_us(length) <= SECOND
        and 2 * hourly * c.modulation.airtime_us(length) <= 1000 * c.band.allowed_ms
    } or {min(sfs)}
    node, again, vain = built(), built(), 0
    for name, value in history:
        before = (node.sf, node.power_dbm)
        if name == "heard":
            node.heard(value)
            again.heard(value)
            vain = 0
            if value >= 10:
                assert node.sf <= before[0]
        elif name == "vain":
            for count in range(vain + 1, vain + value + 1):
                node.vain(count)
                again.vain(count)
            vain += value
            assert node.power_dbm == most_dbm
            assert node.sf >= before[0]
        else:
            state, node = node.state(), built()
            node.from_state(state)
            assert len(state) <= 5
            again, vain = node, 0
            node = built()
            node.from_state(state)
        assert node.sf in allowed
        assert 0 <= node.power_dbm <= most_dbm
        assert (node.sf, node.power_dbm) == (again.sf, again.power_dbm)
