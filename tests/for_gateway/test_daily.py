"""The ledger by day on its topic: bounded in time, said when it changes, never made up."""

import json
import sqlite3
from datetime import date
from types import SimpleNamespace

from gateway import daily, ledger
from gateway.daily import Daily
from gateway.records import NODE_DROPPED, Day, Group, Loss
from gateway.spool import Spool
from tests.fakes.clock import FakeClock

TODAY_S = 1_800_000_500
TODAY = TODAY_S // 86_400


def _spool(path, *entries):
    spool = Spool(path, 2**30, 10**9)
    for group in entries:
        spool.commit(group)
    return spool


def _day(node, day, low, end, received, **more):
    return Group(days={(node, 1, day): Day(node, 1, day, low, end, received, **more)})


def _app(spool, nodes):
    peers = {
        n: SimpleNamespace(node=SimpleNamespace(id=n, name=f"air-{n}", lab="mitte")) for n in nodes
    }
    return SimpleNamespace(
        spool=spool,
        clock=FakeClock(TODAY_S * 1000),
        config=SimpleNamespace(city="hn"),
        ingest=SimpleNamespace(peers=peers),
    )


def test_expected_is_received_and_lost_and_missing(tmp_path):
    spool = _spool(
        tmp_path / "spool.db",
        _day(17, TODAY - 1, 0, 96, 90, recovered=4, late=2),
        _day(17, TODAY, 100, 110, 10),
        Group(losses=[Loss(17, 1, 94, 97, NODE_DROPPED, 0)]),
    )
    yesterday, today = ledger.days(spool.reader, 17, date(2027, 1, 1))
    assert (yesterday["expected"], yesterday["lost"], yesterday["missing"]) == (96, 2, 4)
    assert (yesterday["recovered"], yesterday["late"]) == (4, 2)
    # The numbers between two days count for the later one.
    assert (today["expected"], today["lost"], today["missing"]) == (14, 2, 2)
    assert ledger.nodes(spool.reader) == [17]
    assert ledger.days(spool.reader, 17, date(2027, 1, 16)) == []


def test_it_is_said_at_first_and_then_when_it_changes(tmp_path):
    spool = _spool(tmp_path / "spool.db", _day(17, TODAY, 0, 5, 5))
    one = Daily(_app(spool, [17]))
    ((topic, payload),) = one.messages(0.0)
    assert topic == "neckar/hn/mitte/air-17/days"
    assert json.loads(payload)["days"][0]["received"] == 5
    assert one.messages(daily.EVERY_S) == []
    spool.commit(_day(17, TODAY, 5, 6, 1))
    assert one.messages(daily.EVERY_S + 1) == []
    assert len(one.messages(2 * daily.EVERY_S)) == 1
    one.connected()
    assert len(one.messages(2 * daily.EVERY_S + 1)) == 1


def test_no_call_looks_at_more_than_its_share_and_everybody_has_a_turn(tmp_path):
    one = Daily(_app(_spool(tmp_path / "spool.db"), range(50)))
    said = [len(one.messages(float(n))) for n in range(5)]
    assert said == [daily.AT_ONCE, daily.AT_ONCE, 10, 0, 0]


def test_a_disk_that_fails_takes_nothing_back_that_was_said(tmp_path):
    app = _app(_spool(tmp_path / "spool.db", _day(17, TODAY, 0, 5, 5)), [17])
    one = Daily(app)
    good = app.spool.reader
    app.spool.reader = sqlite3.connect(":memory:")  # it has no such table
    assert one.messages(0.0) == []
    app.spool.reader = good
    assert len(one.messages(daily.EVERY_S)) == 1
