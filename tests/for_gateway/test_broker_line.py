"""A narrow line, a far broker and a backlog of days, in virtual time; attempts in step."""

import random
from collections import deque

import pytest

from gateway.backoff import pause_s
from gateway.mqtt.flow import Flow


class Line:
    """A backhaul: so many bytes a second, a way there and back, one after the other."""

    def __init__(self, flow, bytes_per_s, round_trip_s):
        self.flow = flow
        self.now_s = 0.0
        self._rate = bytes_per_s
        self.round_trip_s = round_trip_s
        self._free_at_s = 0.0
        self._under_way = deque()
        self.delivered = 0

    def send(self, size, backlog):
        """Put a message on the line."""
        self.flow.sent(size, backlog)
        self._free_at_s = max(self._free_at_s, self.now_s) + size / self._rate
        arrival_s = self._free_at_s + self.round_trip_s
        self._under_way.append((arrival_s, size, backlog, self.now_s))
        return arrival_s - self.now_s

    def fill(self, size):
        """Send of a backlog what has room."""
        while self.flow.has_room(True):
            self.send(size, True)

    def step(self):
        """Go to the next acknowledgement."""
        arrival_s, size, backlog, sent_s = self._under_way.popleft()
        self.now_s = arrival_s
        self.flow.acknowledged(size, backlog, sent_s, arrival_s)
        self.delivered += size


MBIT = 125_000


@pytest.mark.parametrize(
    ("rate", "round_trip_s"), [(MBIT, 0.05), (MBIT / 4, 0.05), (10 * MBIT, 0.6)]
)
def test_what_is_live_waits_little_behind_a_backlog_and_the_line_is_used(rate, round_trip_s):
    flow = Flow(1000)
    line = Line(flow, rate, round_trip_s)
    waits = []
    for i in range(20_000):
        line.fill(3000)
        if i % 10 == 0 and i > 2000 and flow.has_room(False):
            waits.append(line.send(300, False))
        line.step()
    assert len(waits) == 1799
    assert sorted(waits)[len(waits) // 2] < round_trip_s + 0.35
    assert max(waits) < round_trip_s + 0.4
    assert line.delivered / line.now_s > 0.85 * rate


def test_a_way_that_becomes_longer_is_used_again():
    line = Line(Flow(1000), MBIT, 0.05)
    for i in range(20_000):
        if i == 5_000:
            line.round_trip_s = 1.0
        if i == 10_000:
            before, before_s = line.delivered, line.now_s
        line.fill(3000)
        line.step()
    assert (line.delivered - before) / (line.now_s - before_s) > 0.5 * MBIT


def test_a_fast_line_is_filled():
    line = Line(Flow(1000), 100 * MBIT, 0.02)
    for _ in range(5000):
        line.fill(3000)
        line.step()
    assert line.delivered / line.now_s > 0.9 * 100 * MBIT


@pytest.mark.parametrize("window", [1, 2, 3, 1000])
def test_something_always_goes_when_nothing_is_under_way(window):
    for backlog in (False, True):
        flow = Flow(window)
        assert flow.has_room(backlog)
        flow.sent(10**8, backlog)
        assert not flow.has_room(backlog)
        flow.acknowledged(10**8, backlog, 0.0, 500.0)
        assert flow.has_room(backlog)


@pytest.mark.parametrize(("window", "most"), [(1, 1), (2, 1), (4, 3), (20, 15), (1000, 750)])
def test_a_backlog_leaves_a_quarter_of_the_window(window, most):
    flow = Flow(window)
    count = 0
    while flow.has_room(True):
        flow.sent(1, True)
        count += 1
    assert count == most


def test_nothing_is_left_when_all_is_acknowledged():
    random_ = random.Random(1)
    line = Line(Flow(50), MBIT, 0.1)
    for _ in range(2000):
        backlog = random_.random() < 0.5
        while line.flow.has_room(backlog) and random_.random() < 0.7:
            line.send(random_.randrange(10_000), backlog)
        if line.flow.messages:
            line.step()
    while line.flow.messages:
        line.step()
    flow = line.flow
    assert (flow.bytes, flow.backlog_messages, flow.backlog_bytes) == (0, 0, 0)


def test_pauses_grow_to_a_limit():
    assert [pause_s(i, 0.1, 60, 1.0) for i in range(4)] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert pause_s(10**9, 0.1, 60, 1.0) == 60
    assert pause_s(0, 5, 2, 1.0) == 2


def test_pauses_are_spread_over_half_of_themselves():
    assert pause_s(5, 0.1, 60, 0.0) == pytest.approx(1.6)
    assert pause_s(5, 0.1, 60, 0.5) == pytest.approx(2.4)
    random_ = random.Random(7)
    many = sorted(pause_s(12, 0.1, 60, random_.random()) for _ in range(100))
    assert 30 <= many[0] < 32
    assert 58 < many[-1] <= 60
