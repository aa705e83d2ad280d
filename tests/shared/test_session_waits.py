"""How long a node waits: bounded, doubling, spread, and across the wrap of its ticks."""

from protocol._compat import ticks_add, ticks_diff
from tests.shared.expect import Chance
from tests.shared.pair import Gateway, Node, settle

LAST = ticks_add(0, -1)


def waits(node: Node, count: int, now: int = 0) -> list:
    """Let `count` frames be lost; return how long the node waited for each."""
    out = []
    for _ in range(count):
        assert node.poll(now) is not None
        wait = ticks_diff(node.session.deadline(), now)
        now = ticks_add(now, wait)
        out.append(wait)
    return out


def test_waits_double_up_to_the_limit():
    node = Node(retry_max_ms=60000)
    assert waits(node, 9) == [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000]
    assert waits(Node(retry_max_ms=3000), 4) == [1000, 2000, 3000, 3000]


def test_jitter_adds_at_most_a_quarter():
    spans = []

    def most(span: int) -> int:
        spans.append(span)
        return span - 1

    got = waits(Node(jitter=most, retry_max_ms=8000), 5)
    assert got == [1250, 2500, 5000, 10000, 10000]
    assert spans == [251, 501, 1001, 2001, 2001]
    chance = Chance(16)
    for wait in waits(Node(jitter=chance.below, retry_max_ms=1000), 200):
        assert 1000 <= wait <= 1000 * 5 // 4


def answered_after(node: Node, gateway: Gateway, now: int, delay: int) -> int:
    """Carry one frame whose answer takes `delay`; return the time then."""
    frame = node.poll(now)
    assert frame is not None
    gateway.receive(frame)
    now = ticks_add(now, delay)
    node.session.receive(gateway.commit()[0], now)
    return now


def test_an_answer_sets_the_wait_to_four_round_trips_within_bounds():
    for delay, wait in ((0, 250), (50, 250), (100, 400), (900, 3600), (990, 3960)):
        node, gateway = Node(retry_max_ms=3700), Gateway()
        now = answered_after(node, gateway, 0, delay)
        node.append(1)
        assert waits(node, 1, now) == [min(wait, 3700)]


def test_after_losses_an_answer_makes_it_quick_again():
    node, gateway = Node(), Gateway()
    assert waits(node, 8)[-1] == 60000
    now = answered_after(node, gateway, 500000, 10)
    node.append(1)
    assert waits(node, 1, now) == [250]


def test_a_timeout_that_comes_early_changes_nothing():
    node = Node()
    node.poll(0)
    for now in (0, 1, 999):
        node.session.handle_timeout(now)
        assert node.session.deadline() == 1000
    assert node.session.retries == 0
    node.session.handle_timeout(1000)
    assert node.session.deadline() is None
    assert node.session.retries == 1
    node.session.handle_timeout(2000)
    assert node.session.retries == 1


def test_no_deadline_without_a_frame_in_flight():
    node, gateway = Node(), Gateway()
    assert node.session.deadline() is None
    settle(node, gateway)
    assert node.session.deadline() is None
    node.session.handle_timeout(123456)
    assert node.session.retries == 0


def test_a_frame_in_flight_over_the_wrap_of_ticks_is_repeated_in_time():
    for before in (1, 500, 999, 1000):
        node, gateway = Node(), Gateway()
        start = ticks_add(0, -before)
        assert node.poll(start) is not None
        assert node.session.deadline() == 1000 - before
        assert node.poll(LAST) is None
        assert node.poll(ticks_add(start, 999)) is None
        assert settle(node, gateway, ticks_add(start, 1000)) == 1


def test_round_trips_are_measured_over_the_wrap_of_ticks():
    node, gateway = Node(), Gateway()
    now = answered_after(node, gateway, ticks_add(0, -200), 500)
    assert now == 300
    node.append(1)
    assert waits(node, 1, now) == [2000]


def test_an_hour_of_loss_over_the_wrap_of_ticks_keeps_every_bound():
    node, gateway = Node(), Gateway()
    node.append(*range(30))
    now = ticks_add(0, -1800000)
    got = waits(node, 66, now)
    assert sum(got) > 3600000
    assert max(got) == 60000
    settle(node, gateway, ticks_add(now, sum(got)))
    assert len(gateway.stored) == 30
