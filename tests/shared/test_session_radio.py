"""Sessions over the air: windows that overlap, few answers, two lanes, and a budget."""

from protocol.envelope import TAG_RADIO, parse
from protocol.session import HELLO, LINK, POLL, SAMPLES, STRANGER, TIME, radio
from tests.shared.expect import Chance
from tests.shared.pair import Gateway, Node, drained

MINUTE_MS = 60000


def pair(
    every: int = 8, ask_every: int = 12, plain_limit: int = 100, greeted: bool = True
) -> tuple:
    """Return a node and a gateway on a radio link that know each other."""
    node = Node(policy=radio(every, ask_every, plain_limit), tag=TAG_RADIO)
    gateway = Gateway(TAG_RADIO)
    if greeted:
        exchange(node, gateway, 0)
        assert gateway.kinds == [HELLO]
    return node, gateway


def exchange(node, gateway, now_ms: int, link=None):
    """Carry one frame and its answer, where there are any; return the parsed frame or None."""
    frame = node.poll(now_ms)
    if frame is None:
        return None
    gateway.receive(frame, now_ms)
    for answer in gateway.commit(now_ms, link):
        node.session.receive(answer, now_ms)
    return parse(frame)


def test_nothing_is_sent_before_a_window_is_due():
    node, _ = pair(every=4)
    for value in range(3):
        node.append(value)
        assert node.poll(value * 15 * MINUTE_MS) is None
    node.append(3)
    assert node.poll(45 * MINUTE_MS) is not None


def test_each_sample_travels_twice():
    node, gateway = pair(every=4)
    for value in range(12):
        node.append(value)
        exchange(node, gateway, value * 15 * MINUTE_MS)
    assert gateway.kinds[1:] == [SAMPLES] * 3
    assert gateway.session.duplicates == 4 + 4
    assert sorted(gateway.stored) == list(range(12))


def test_a_lost_frame_costs_nothing_and_nobody_speaks_about_it():
    node, gateway = pair(every=4)
    for value in range(16):
        node.append(value)
        now = value * 15 * MINUTE_MS
        if value == 7:
            assert not parse(node.poll(now)).more  # it is lost, and nobody listens
        else:
            exchange(node, gateway, now)
    assert sorted(gateway.stored) == list(range(16))
    assert node.session.frames_sent == 1 + 4
    assert node.session.retries == 0


def test_one_frame_in_so_many_asks_and_the_answer_frees_the_journal():
    node, gateway = pair(every=2, ask_every=3)
    asked = []
    for value in range(24):
        node.append(value)
        parsed = exchange(node, gateway, value * 15 * MINUTE_MS)
        if parsed:
            asked.append(parsed.more)
    assert asked == [False, False, True] * 4
    assert node.journal.oldest == 24


def test_what_is_missing_is_asked_for_and_sent_oldest_first():
    node, gateway = pair(every=2, ask_every=6)
    now = 0
    for value in range(24):
        node.append(value)
        now = value * 15 * MINUTE_MS
        if 6 <= value < 12:
            node.poll(now)  # lost: three windows in a row
        else:
            exchange(node, gateway, now)
    assert gateway.session.samples.missing() == 0 or sorted(gateway.lost) == []
    sent = []
    for _ in range(10):
        now += 5 * MINUTE_MS
        parsed = exchange(node, gateway, now)
        if parsed:
            sent.append(parsed.more)
    assert sorted(gateway.stored) == list(range(24))
    assert gateway.session.samples.missing() == 0


def test_the_backfill_never_delays_live_samples_by_more_than_a_frame():
    node, gateway = pair(every=1, ask_every=1, plain_limit=30)
    now = MINUTE_MS
    node.append(*range(500))  # an outage
    order = []
    for value in range(500, 540):
        node.append(value)
        for _ in range(3):
            before = set(gateway.stored)
            exchange(node, gateway, now)
            order.append((value, sorted(set(gateway.stored) - before)))
            now += MINUTE_MS
        assert value in gateway.stored, "the newest waits behind the old"
    backfilled = [number for _, numbers in order for number in numbers if number < 436]
    assert backfilled, "the old is never sent"
    assert backfilled == sorted(backfilled)


def test_frames_of_the_backfill_keep_their_distance():
    node, gateway = pair(every=1, ask_every=1, plain_limit=30)
    node.append(*range(300))
    exchange(node, gateway, 0)
    assert node.poll(1000) is not None
    node, gateway = pair(every=4, ask_every=1)
    node.append(*range(300))
    exchange(node, gateway, 0)  # 64 live, and the answer says what is missing
    assert exchange(node, gateway, 100) is not None
    assert node.poll(200) is None
    wake = node.session.deadline()
    assert 0 < wake <= 31000
    assert exchange(node, gateway, wake) is not None


def test_without_any_downlink_everything_but_the_last_arrives():
    node, gateway = pair(greeted=False, every=8)
    for value in range(800):
        node.append(value)
        now = value * 15 * MINUTE_MS % (1 << 29)
        for _ in range(2):
            frame = node.poll(now)
            if frame is None:
                break
            gateway.receive(frame, now)
            gateway.commit(now)  # no answer ever arrives
            now += 5000
    assert len(gateway.stored) >= 792
    assert gateway.session.samples.missing() == 0


def test_a_node_that_asks_in_vain_asks_less_and_less_and_with_a_strong_tag():
    node, _ = pair(every=1, ask_every=1)
    asks = []
    now = 0
    lengths = {}
    for value in range(400):
        node.append(value)
        now += MINUTE_MS
        frame = node.poll(now)
        parsed = parse(frame)
        if parsed.more:
            asks.append(value)
            lengths[len(asks)] = len(parsed.sealed)
    gaps = [asks[i + 1] - asks[i] for i in range(len(asks) - 1)]
    assert gaps == sorted(gaps)
    assert gaps[0] <= 2
    assert gaps[-1] >= 59
    assert lengths[4] > lengths[2]


def test_an_answer_tells_the_time_once_an_hour_and_the_link_always():
    node, gateway = pair(every=1, ask_every=1)
    node.events()
    told = 0
    for value in range(180):
        node.append(value)
        exchange(node, gateway, value * MINUTE_MS, (-97, -12, 8))
        kinds = [kind for kind, _ in node.events()]
        told += kinds.count(TIME)
        assert LINK in kinds
    assert told == 2


def test_the_budget_of_the_air_holds_frames_back_and_says_until_when():
    node, gateway = pair(every=1, ask_every=1)
    waits = {True: 7000, False: 90000}
    node.session._may_send = lambda is_live, now_ms: max(waits[is_live] - now_ms, 0)
    node.append(*range(100))
    assert node.poll(0) is None
    assert node.session.deadline() == 7000
    assert exchange(node, gateway, 7000) is not None  # the newest 64
    assert node.poll(40000) is None  # older ones have less of the budget
    assert node.session.deadline() == 90000
    assert exchange(node, gateway, 90000) is not None
    assert sorted(gateway.stored) == list(range(100))


def test_a_flush_sends_what_waits_and_asks_until_all_is_safe():
    node, gateway = pair()
    node.append(1, 2, 3)
    assert node.poll(0) is None
    node.session.flush()
    assert exchange(node, gateway, 1).more
    assert node.journal.values == {}
    assert node.poll(2) is None


def test_a_last_frame_that_is_lost_is_found_out_by_a_poll():
    node, gateway = pair()
    node.append(1, 2, 3)
    node.session.flush()
    assert node.poll(0) is not None  # lost
    now = 0
    for _ in range(10):
        now += 20000
        exchange(node, gateway, now)
    assert POLL in gateway.kinds
    assert node.journal.values == {}


def test_whoever_is_not_known_is_not_stored_until_it_introduces_itself():
    node, gateway = pair(every=1)
    gateway.forget()
    node.append(1)
    exchange(node, gateway, 0)
    assert gateway.kinds[-1] == STRANGER
    assert gateway.stored == {}
    now = 0
    for value in range(2, 40):
        node.append(value)
        now += 15 * MINUTE_MS
        exchange(node, gateway, now)
        exchange(node, gateway, now + 40000)
    assert sorted(gateway.stored.values()) == list(range(1, 40))


def test_any_loss_up_to_sixty_percent_ends_with_everything():
    for seed in range(6):
        chance = Chance(seed + 1)
        node, gateway = pair(every=2 + seed, ask_every=1 + seed, greeted=False)
        now = 0
        for value in range(200):
            node.append(value)
            now = (now + 15 * MINUTE_MS) % (1 << 29)
            _talk(node, gateway, now, chance, 60)
        for _ in range(300):
            now = (now + 61 * MINUTE_MS) % (1 << 29)
            node.session.flush()
            _talk(node, gateway, now, chance, 60)
        assert sorted(gateway.stored) == list(range(200)), seed
        assert node.journal.values == {}
        assert gateway.lost == set()


def _talk(node, gateway, now: int, chance, loss: int) -> None:
    for _ in range(3):
        frame = node.poll(now)
        if frame is not None and chance.below(100) >= loss:
            gateway.receive(frame, now)
            for answer in gateway.commit(now):
                if chance.below(100) >= loss:
                    node.session.receive(answer, now)
        now += 35000
    drained(node.session)
