"""Who changed what in the registry must be seen, by whoever reads the gateway's log."""

import logging

import pytest

from gateway import audit
from gateway.audit import Audit
from gateway.registry import service
from gateway.registry.database import Database
from gateway.security import SecurityLog
from tests.fakes.clock import FakeClock
from tests.for_gateway.registered import PRIVATE, key_of, record, take


@pytest.fixture
def path(tmp_path):
    """Return the path of a registry with one node."""
    with Database(tmp_path / "registry.db", who="uli") as database:
        take(database, record(17))
    return tmp_path / "registry.db"


@pytest.fixture
def watched(path, caplog):
    """Return (Audit that has looked, SecurityLog)."""
    caplog.set_level(logging.INFO)
    security = SecurityLog(FakeClock())
    made = Audit(path, security)
    made.look()
    yield made, security
    made.close()


def kinds(security):
    """Return (kind, node, what) of all that was told."""
    return [(e["event"], e["node"], e["what"]) for e in security.recent]


def test_what_was_changed_before_the_start_is_not_told_again(watched):
    made, security = watched
    made.look()
    assert kinds(security) == []


def test_an_import_is_told_node_by_node_without_the_key(watched, path, caplog):
    made, security = watched
    with Database(path, who="eva") as database:
        take(database, record(18), record(19), name="box-3.json")
    made.look()
    made.look()
    assert kinds(security).count(("key_import", 18, "key added")) == 1
    assert ("key_import", 19, "key added") in kinds(security)
    record_of_18 = next(e for e in security.recent if e["node"] == 18)
    assert (record_of_18["by"], record_of_18["source"]) == ("eva", "box-3.json:1")
    assert record_of_18["epoch"] == 1
    said = caplog.text + repr(security.recent)
    for secret in (key_of(18), PRIVATE):
        assert secret.hex() not in said
        assert repr(secret) not in said


def test_a_revocation_is_told_with_its_reason(watched, path):
    made, security = watched
    with Database(path, who="eva") as database:
        service.revoke(database, 17, "stolen")
    made.look()
    (event,) = [e for e in security.recent if e["node"] == 17]
    assert (event["event"], event["what"], event["reason"]) == (
        "config_change",
        "node revoked",
        "stolen",
    )


def test_a_name_of_a_field_that_is_ours_is_told_as_another(watched, path):
    made, security = watched
    with Database(path, who="eva") as database, database.change() as change:
        change.event("swap", "point air-17", node=18, replaces=17, kind="x", now={"a": 1})
    made.look()
    event = security.recent[-1]
    assert (event["node"], event["new_node"], event["new_kind"]) == (None, 18, "x")
    assert "now" not in event


def test_a_large_import_is_told_in_portions(watched, path, monkeypatch):
    made, security = watched
    monkeypatch.setattr(audit, "AT_ONCE", 10)
    with Database(path, who="eva") as database, database.change() as change:
        for address in range(100, 125):
            change.event("key added", f"node {address}", epoch=1)
    counts = []
    for _ in range(4):
        made.look()
        counts.append(security.counts["key_import"])
    assert counts == [10, 20, 25, 25]


def test_a_registry_that_is_not_there_is_waited_for(tmp_path, caplog):
    made = Audit(tmp_path / "registry.db", SecurityLog(FakeClock()))
    for _ in range(3):
        made.look()
    assert len(caplog.records) == 1
    with Database(tmp_path / "registry.db", who="eva"):
        pass
    made.look()
    assert len(caplog.records) == 1
    made.close()
