"""A flood of forged frames: it must be seen, and must fill neither log, disk nor memory."""

import logging

from gateway import ratelimit, security
from gateway.ratelimit import RateLimit
from gateway.security import KINDS, LINES, RECENT, SecurityLog
from tests.fakes.clock import FakeClock

KEY = bytes(range(16))


def events(caplog):
    """Return the fields of what was logged."""
    return [record.neckar for record in caplog.records if hasattr(record, "neckar")]


def test_an_event_is_a_record_with_fields(caplog):
    clock = FakeClock()
    log = SecurityLog(clock)
    log.event("bad_tag", 17, "roof", tag_bytes=4)
    assert events(caplog) == [{"event": "bad_tag", "node": 17, "link": "roof", "tag_bytes": 4}]
    assert caplog.records[0].levelno == logging.WARNING
    assert "wrong key, damaged or forged (event bad_tag, node 17" in caplog.text
    assert log.recent[0] == {"time": "2027-01-15T08:08:20Z", **events(caplog)[0]}
    assert log.counts["bad_tag"] == 1


def test_the_same_node_is_told_once_a_minute_with_how_often(caplog):
    clock = FakeClock()
    log = SecurityLog(clock)
    for _ in range(500):
        log.event("replayed", 17, "roof")
    log.event("replayed", 18, "roof")
    log.event("bad_tag", 17, "roof")
    assert [(e["event"], e["node"]) for e in events(caplog)] == [
        ("replayed", 17),
        ("replayed", 18),
        ("bad_tag", 17),
    ]
    clock.advance(61)
    log.event("replayed", 17, "roof")
    assert events(caplog)[-1]["muted"] == 499
    assert log.counts["replayed"] == 502


def test_a_flood_from_all_addresses_is_bounded_in_lines_and_memory(caplog):
    clock = FakeClock()
    log = SecurityLog(clock)
    for i in range(5):
        for address in range(20_000):
            log.event("bad_tag", address + i * 1000, "roof")
        clock.advance(60)
    assert log.counts["bad_tag"] == 100_000
    assert len(events(caplog)) <= 5 * LINES
    assert len(log._told) + len(log._muted) <= 4 * LINES
    assert len(log.recent) <= RECENT


def test_a_flood_of_one_kind_does_not_hide_another(caplog):
    caplog.set_level(logging.INFO)
    log = SecurityLog(FakeClock())
    for address in range(1000):
        log.event("bad_tag", address, "roof")
    log.event("command_accepted", 17, "mqtt", command="reboot")
    assert events(caplog)[-1]["event"] == "command_accepted"


def test_what_operators_do_is_told_each_time_and_a_broker_that_floods_is_bounded(caplog):
    caplog.set_level(logging.INFO)
    clock = FakeClock()
    log = SecurityLog(clock)
    for i in range(5):
        log.event("config_change", None, "registry", subject=f"lab {i}")
    assert [e["subject"] for e in events(caplog)] == [f"lab {i}" for i in range(5)]
    caplog.clear()
    for _ in range(500):
        log.event("command_refused", None, "", reason="json")
    assert len(events(caplog)) == LINES
    clock.advance(61)
    log.event("command_refused", None, "", reason="json")
    assert events(caplog)[-1]["muted"] == 500 - LINES


def test_every_key_that_is_imported_is_told(caplog):
    caplog.set_level(logging.INFO)
    log = SecurityLog(FakeClock())
    for address in range(300):
        log.event("key_import", address, "", epoch=2)
    assert len(events(caplog)) == 300


def test_no_bytes_are_ever_written(caplog):
    log = SecurityLog(FakeClock())
    log.event("bad_tag", 17, "roof", key=KEY, view=memoryview(KEY), keys=[KEY], of={"a": KEY})
    said = caplog.text + repr(events(caplog)) + repr(log.recent)
    assert repr(KEY) not in said
    assert KEY.hex() not in said
    assert events(caplog)[0]["key"] == "<bytes>"


def test_texts_from_outside_are_short_and_harmless(caplog):
    log = SecurityLog(FakeClock())
    log.event("command_refused", None, "mqtt\x1b[2J", why="a\nb" * 1000, event="forged")
    record = events(caplog)[0]
    assert record["why"].startswith("a?b")
    assert len(record["why"]) == 200
    assert (record["event"], record["node"], record["link"]) == (
        "command_refused",
        None,
        "mqtt?[2J",
    )


def test_a_kind_that_nobody_knows_is_told_too(caplog):
    log = SecurityLog(FakeClock())
    log.event("comet", None, "sky")
    assert "comet" not in KINDS
    assert events(caplog)[0]["event"] == "comet"


def test_the_limit_of_the_log_remembers_no_more_than_its_bound(caplog):
    clock = FakeClock()
    limit = RateLimit(logging.getLogger("gateway.test"), clock)
    for i in range(5000):
        limit.warning(f"kind {i}", "what %d", i)
    assert len(limit._next) <= ratelimit.KINDS + 1
    assert len(limit._muted) <= ratelimit.KINDS + 1
    assert len(caplog.records) == ratelimit.KINDS + 1
    clock.advance(61)
    limit.warning("a new kind", "again")
    assert "again" in caplog.text
    assert len(limit._next) <= 2


def test_the_limit_says_what_it_muted(caplog):
    clock = FakeClock()
    limit = RateLimit(logging.getLogger("gateway.test"), clock)
    for _ in range(10):
        limit.warning("a", "what")
        limit.warning("b", "other")
    clock.advance(61)
    limit.warning("a", "what")
    assert caplog.messages == ["what", "other", "what (9 more before)"]


def test_kinds_are_those_that_the_gateway_uses():
    """Names of `protocol.errors` and of ingest; a kind that is misspelt would lose its words."""
    assert {"bad_tag", "replayed", "locked_out", "revoked"} <= security.KINDS.keys()
