"""Retained statuses of a city must not delay readings, and must not be forgotten either."""

import json

from gateway.status import AT_ONCE, PER_S, Statuses, node
from tests.fakes.running_gateway import FakeApp


def topics(messages):
    """Return the topics, with the gateway's own as `gateway`."""
    return [topic.split("/")[3] if "gateways" not in topic else "gateway" for topic, _ in messages]


def run(app, statuses, seconds):
    """Ask each second for so long; return [(seconds since the start, topic)]."""
    said = []
    for second in range(seconds):
        now_s = app.clock.monotonic_s()
        said += [(second, topic) for topic in topics(statuses.messages(now_s))]
        app.clock.advance(1)
    return said


def city(size):
    """Return a gateway that has heard so many nodes."""
    app = FakeApp(registered=size)
    for i in range(size):
        app.add(i, f"air-{i}", interval_s=10**6)
    return app


def test_the_gateway_is_said_at_once_and_then_each_interval():
    app = city(0)
    said = run(app, Statuses(app), 95)
    assert said == [(0, "gateway"), (30, "gateway"), (60, "gateway"), (90, "gateway")]


def test_a_village_is_said_at_once_when_a_connection_begins():
    app = city(5)
    statuses = Statuses(app)
    statuses.connected()
    said = topics(statuses.messages(app.clock.monotonic_s()))
    assert said == ["gateway", "air-0", "air-1", "air-2", "air-3", "air-4"]


def test_no_call_returns_more_than_its_share_and_everybody_has_a_turn():
    app = city(3000)
    statuses = Statuses(app)
    statuses.connected()
    said = run(app, statuses, 40)
    counts = [sum(at == second for at, _ in said) for second in range(40)]
    assert max(counts) <= AT_ONCE + 1
    assert len({topic for _, topic in said}) == 3001


def test_a_whole_city_goes_round_in_minutes_and_never_more_at_once():
    app = city(60_000)
    statuses = Statuses(app)
    statuses.connected()
    said = run(app, statuses, 301)
    assert len({topic for _, topic in said}) == 60_001
    assert all(sum(at == second for at, _ in said) <= AT_ONCE + 1 for second in range(0, 301, 30))


def test_asking_often_is_no_way_to_get_more():
    app = city(20_000)
    statuses = Statuses(app)
    run(app, statuses, 1)
    said = 0
    for _ in range(1000):
        app.clock.advance(0.01)
        said += len(statuses.messages(app.clock.monotonic_s()))
    assert said <= 10 * PER_S + AT_ONCE


def test_statuses_are_spread_over_the_interval_and_not_said_in_a_row():
    app = city(300)
    statuses = Statuses(app)
    run(app, statuses, 35)
    for i in range(300):
        app.ingest.peers[i].received += 1
    counts = [0] * 30
    for second, _ in run(app, statuses, 30):
        counts[second] += 1
    assert max(counts) <= 12
    assert min(counts) >= 9


def test_who_has_nothing_new_to_say_is_passed_over():
    app = city(50)
    statuses = Statuses(app)
    statuses.connected()
    run(app, statuses, 61)
    app.ingest.peers[7].received += 1
    said = [topic for _, topic in run(app, statuses, 60) if topic != "gateway"]
    assert said == ["air-7"]


def test_after_a_lost_connection_all_is_said_again():
    app = city(50)
    statuses = Statuses(app)
    statuses.connected()
    run(app, statuses, 61)
    statuses.connected()
    assert len({topic for _, topic in run(app, statuses, 1)}) == 51


def test_a_node_that_falls_silent_is_said_to_be():
    app = city(1)
    app.ingest.peers[0].heard.fields["interval_s"] = 60
    statuses = Statuses(app)
    statuses.connected()
    run(app, statuses, 30)
    app.clock.advance(300)
    (message,) = [m for m in statuses.messages(app.clock.monotonic_s()) if "air-0" in m[0]]
    assert json.loads(message[1])["state"] == "silent"


def test_a_node_that_is_heard_for_the_first_time_is_said_within_two_intervals():
    app = city(10)
    statuses = Statuses(app)
    run(app, statuses, 45)
    app.add(99, "air-99")
    assert "air-99" in [topic for _, topic in run(app, statuses, 61)]


def test_the_status_of_a_node_is_what_the_document_says():
    app = FakeApp()
    app.add(17, "air-17", missing=2, lost=1)
    app.publisher.late[17] = 40
    assert node(app, app.ingest.peers[17]) == {
        "schema": "neckar/1",
        "node": "air-17",
        "state": "online",
        "heard": "2027-01-15T08:00:00Z",
        "link": "mast-1",
        "firmware": "0.1.0",
        "epoch": 1,
        "expected": 100,
        "received": 99,
        "duplicates": 3,
        "copies": 0,
        "late": 40,
        "missing": 2,
        "lost": 1,
        "self": {"interval_s": 60},
    }
