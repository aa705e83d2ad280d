"""What is wrong, when it is said, and when not: each reason on its own."""

import asyncio
import json

import pytest

from gateway.health import BROKER_AWAY_S, ERROR, LATELY_S, STALLED_S, WARNING, Health
from gateway.seeing import Seeing
from tests.fakes.running_gateway import CONCENTRATOR, FakeApp, FakeLink


def codes(health):
    """Return (level, code) of all problems."""
    return [(p.level, p.code) for p in health.problems()]


@pytest.fixture
def app():
    """Return a gateway in which all is well."""
    return FakeApp()


@pytest.fixture
def health(app):
    """Return its health, after a first look."""
    made = Health(app)
    made.tick()
    return made


def test_where_all_is_well_nothing_is_said(health):
    assert codes(health) == []


def test_a_disk_that_refuses_is_an_error_at_once(app, health):
    app.ingest.storing, app.ingest.store_error = False, "only 3 MB are free on the disk"
    (problem,) = health.problems()
    assert (problem.level, problem.code) == (ERROR, "not_storing")
    assert "only 3 MB are free" in problem.text


def test_a_broker_may_be_away_for_a_while(app, health):
    app.publisher.connected, app.publisher.error = False, "Connection refused"
    app.clock.advance(10)
    health.tick()
    assert codes(health) == [(WARNING, "broker_away")]
    app.clock.advance(BROKER_AWAY_S)
    health.tick()
    (problem,) = health.problems()
    assert problem.level == ERROR
    assert "310 s: Connection refused" in problem.text
    app.publisher.connected, app.publisher.error = True, None
    health.tick()
    assert codes(health) == []
    assert health.broker_away_s == 0


def test_a_broker_that_lets_us_in_and_takes_nothing_is_away(app, health):
    app.publisher.error = "no acknowledgement within 10 s"
    for _ in range(40):
        app.publisher.connected = not app.publisher.connected
        app.clock.advance(10)
        health.tick()
    assert codes(health) == [(ERROR, "broker_away")]


def test_frames_that_wait_while_nothing_is_stored_are_an_error(app, health):
    app.ingest.waiting = 5
    app.clock.advance(STALLED_S - 1)
    health.tick()
    assert codes(health) == []
    app.clock.advance(1)
    health.tick()
    assert codes(health) == [(ERROR, "stalled")]
    app.ingest.commits += 1
    health.tick()
    assert codes(health) == []


def test_a_quiet_night_is_no_stall(app, health):
    app.clock.advance(10 * 3600)
    health.tick()
    assert codes(health) == []


def test_one_link_that_is_closed_is_a_warning_and_all_of_them_an_error(app, health):
    app.links[0].is_open = False
    assert codes(health) == [(WARNING, "link_closed")]
    app.links[1].is_open = False
    assert codes(health) == [(ERROR, "no_link")]


def test_a_radio_that_fails_is_named_in_its_own_words(app, health):
    app.links[1].radio = {**app.links[1].radio, "error": "no SX1262"}
    (problem,) = health.problems()
    assert (problem.code, problem.text) == ("radio", "roof: radio: no SX1262")


def test_a_modem_of_which_nothing_is_known_is_no_problem(app, health):
    app.links[1].radio = {"error": None, "duty": {}, "answers": {}}
    assert codes(health) == []


def test_an_hour_in_a_sub_band_that_is_used_up_is_a_warning(app, health):
    app.links[1].radio = {"duty": {"O": {"used_ms": 330000, "allowed_ms": 360000}}}
    (problem,) = health.problems()
    assert problem.text == "roof: 91 % of its hour in O is used"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"quiet_s": None}, "town-hall: has sent nothing yet"),
        ({"quiet_s": 130.2}, "town-hall: has sent nothing for 130 s"),
        ({"pulling": False}, "town-hall: asks for no answers (PULL_DATA): none can be sent"),
    ],
)
def test_a_concentrator_that_is_quiet_is_named(app, health, change, said):
    app.links.append(FakeLink("air", "udp", None, True, {"town-hall": {**CONCENTRATOR, **change}}))
    assert [p.text for p in health.problems()] == ([said] if said else [])


def test_a_link_that_is_closed_is_not_blamed_for_its_radio_as_well(app, health):
    app.links[1].is_open = False
    app.links[1].radio = {"error": "gone"}
    assert codes(health) == [(WARNING, "link_closed")]


def test_a_spool_that_fills_is_a_warning_before_it_drops(app, health):
    app.spool.bytes = 820 * 2**20
    assert codes(health) == [(WARNING, "spool_filling")]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda app: setattr(app.spool, "dropped_samples", 7), "samples_dropped"),
        (lambda app: setattr(app.ingest, "queue_dropped", 7), "queue_dropped"),
        (lambda app: setattr(app.publisher, "undecodable", 7), "undecodable"),
        (lambda app: app.security.event("locked_out", 17, "roof"), "locked_out"),
        (lambda app: app.security.event("revoked", 17, "roof"), "revoked"),
    ],
)
def test_what_happened_is_said_for_a_while_and_then_forgotten(app, health, spoil, code):
    spoil(app)
    health.tick()
    assert codes(health) == [(WARNING, code)]
    app.clock.advance(LATELY_S)
    health.tick()
    assert codes(health) == []


def test_a_registry_without_nodes_is_named(app, health):
    app.registered = 0
    assert codes(health) == [(WARNING, "no_nodes")]


def test_errors_come_first(app, health):
    app.registered = 0
    app.ingest.storing = False
    app.spool.bytes = 1000 * 2**20
    assert [level for level, _ in codes(health)] == [ERROR, WARNING, WARNING]


@pytest.mark.parametrize(
    ("spoil", "status", "said"),
    [
        (lambda app: None, 200, "ok"),
        (lambda app: setattr(app, "registered", 0), 200, "ok"),
        (lambda app: setattr(app.ingest, "storing", False), 503, "failing"),
    ],
)
def test_the_page_of_a_monitor_says_503_only_if_readings_do_not_move(app, spoil, status, said):
    spoil(app)
    answer = asyncio.run(Seeing(app)._health())
    body = json.loads(answer.body)
    assert (answer.status, body["status"]) == (status, said)
    assert bool(body["reasons"]) == (status == 503)
