"""The running gateway knows who may be heard, notices what changes, and forgets no place."""

import logging

import pytest

from gateway.registry import places, service
from gateway.registry.database import Database
from gateway.registry.errors import RegistryError, RegistryFileError
from gateway.registry.history import history
from gateway.registry.node import Node
from gateway.registry.registry import Registry
from tests.for_gateway.registered import DAY_S, NOW_S, PRIVATE, key_of, record, take

JUNE = 1_748_779_200  # 2025-06-01T12:00:00Z, when the records of these tests are made


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "registry.db", "ops", NOW_S) as database:
        yield database


@pytest.fixture
def registry(database):
    registry = Registry(database.path, PRIVATE)
    yield registry
    registry.close()


def test_a_registry_that_is_not_there_is_made_empty(tmp_path):
    registry = Registry(tmp_path / "new.db", None)
    assert registry.count() == 0
    assert registry.find(17) is None
    assert registry.changed() == set()
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o640


def test_a_node_is_found_with_its_key_its_point_and_its_lab(database, registry):
    take(database, record(17), record(18, radio=False))
    assert registry.find(17) == Node(17, "air-17", "innenstadt", 1, key_of(17), True)
    assert registry.find(18) == Node(18, "air-18", "innenstadt", 1, key_of(18), False)
    assert registry.find(19) is None


def test_neither_a_node_nor_its_older_keys_show_a_key():
    node = Node(17, "air-17", "lab", 2, key_of(17, 2), older=((1, key_of(17)),))
    assert "key" not in repr(node)
    assert "older" not in repr(node)


def test_a_running_gateway_notices_what_a_command_changed(database, registry):
    assert registry.changed() == set()
    take(database, record(17), record(18))
    assert registry.changed() == {17, 18}
    assert registry.changed() == set()
    assert [registry.known[i] for i in (16, 17, 18)] == [0, 1, 1]
    assert registry.count() == 2
    places.set_lab(database, "campus", {})
    places.set_point(database, "air-18", "campus", {})
    assert registry.changed() == {18}
    assert registry.find(18).lab == "campus"
    places.set_lab(database, "campus", {"name": "Campus"})
    assert registry.changed() == set()


def test_nothing_is_new_to_a_gateway_that_starts_after_the_change(database):
    take(database, record(17))
    registry = Registry(database.path, PRIVATE)
    assert registry.known[17]
    assert registry.changed() == set()


def test_a_long_list_of_changes_comes_in_pieces_without_a_gap(database, registry):
    with database.change() as change:
        change.execute("INSERT INTO lab (id) VALUES ('x')")
        for address in range(2500):
            change.execute(
                "INSERT INTO node (address, hardware, radio, lab, state, epoch, change)"
                " VALUES (?, ?, 0, 'x', 'in_service', 1, ?)",
                (address, f"h{address}", address + 1),
            )
    pieces = [registry.changed() for _ in range(4)]
    assert [len(piece) for piece in pieces] == [1000, 1000, 500, 0]
    assert set().union(*pieces) == set(range(2500))


def test_an_older_key_is_kept_until_the_newer_one_is_heard(database, registry):
    take(database, record(17), record(17, 2, made="2025-06-02T12:00:00Z"))
    node = registry.find(17)
    assert (node.epoch, node.key) == (2, key_of(17, 2))
    assert node.older == ((1, key_of(17)),)
    service.revoke_epoch(database, 17, 1, "was in a mail")
    assert registry.changed() == {17}
    assert registry.find(17).older == ()
    with pytest.raises(RegistryError, match="newest key of node 17: revoke the node"):
        service.revoke_epoch(database, 17, 2, "too")
    with pytest.raises(RegistryError, match="no key of epoch 1 that is in use"):
        service.revoke_epoch(database, 17, 1, "again")


def test_a_point_outlives_its_hardware(database, registry):
    """Readings belong to the hardware's place at the time of measuring, whenever they come."""
    take(database, record(17), record(18, point=None))
    assert registry.find(18).name == "node-18"
    assert service.swap(database, "air-17", 18, "lightning", JUNE + DAY_S) == 17
    assert registry.changed() == {17, 18}
    assert registry.find(18).name == "air-17"
    assert registry.find(17).name == "node-17"
    assert registry.point_of(17, 1, JUNE + DAY_S - 1) == ("air-17", "innenstadt")
    assert registry.point_of(17, 1, JUNE + DAY_S) == ("node-17", "innenstadt")
    assert registry.point_of(18, 1, JUNE + DAY_S) == ("air-17", "innenstadt")


def test_a_history_is_what_point_of_says_at_every_time(database, registry):
    take(database, record(17), record(18, point=None))
    take(database, record(17, 2, made="2025-06-09T12:00:00Z", point="air-20"))
    service.swap(database, "air-20", 18, "lightning", JUNE + 20 * DAY_S)
    for address, epoch in ((17, 1), (17, 2), (18, 1), (99, 1)):
        entries = history(registry, address, epoch)
        for day in range(-2, 30):
            now = JUNE + day * DAY_S
            last = [entry for entry in entries if entry[0] <= now][-1]
            assert last[1:] == registry.point_of(address, epoch, now)
    assert [point for _, point, _ in history(registry, 17, 2)] == ["air-17", "air-20", "node-17"]


def test_a_time_before_the_first_place_is_that_of_a_clock_that_was_wrong(database, registry):
    take(database, record(17))
    assert registry.point_of(17, 1, 0) == ("air-17", "innenstadt")


def test_hardware_between_two_places_is_at_none(database, registry):
    """Also at a place that it took over in the end."""
    moved = record(17, 2, made="2025-06-09T12:00:00Z", point="air-20")
    wiped = record(17, made="2025-06-03T12:00:00Z", state="retired", sealed=None)
    take(database, moved, wiped, record(17))
    days = {day: registry.point_of(17, 2, JUNE + day * DAY_S)[0] for day in (0, 1, 2, 7, 8, 9)}
    gone = "node-17"
    assert days == {0: "air-17", 1: "air-17", 2: gone, 7: gone, 8: "air-20", 9: "air-20"}


def test_samples_of_an_old_key_do_not_move_to_the_place_of_a_new_one(database, registry):
    take(database, record(17), record(17, 2, made="2025-06-02T12:00:00Z", point="air-20"))
    assert registry.point_of(17, 1, JUNE + 2 * DAY_S) == ("air-17", "innenstadt")
    assert registry.point_of(17, 2, JUNE + 2 * DAY_S) == ("air-20", "innenstadt")


def test_what_no_record_names_has_a_place_of_its_own(registry):
    assert registry.point_of(99, 1, NOW_S) == ("node-99", "unknown")


def test_a_node_swapped_twice_within_a_second_ends_where_it_was_put_last(database, registry):
    take(database, record(17), record(18), record(19))
    service.swap(database, "air-17", 18, "a")
    service.swap(database, "air-17", 19, "b")
    service.swap(database, "air-18", 17, "c")
    assert [registry.find(i).name for i in (17, 18, 19)] == ["air-18", "node-18", "air-17"]


def test_a_revoked_node_is_still_found_with_its_key_as_evidence(database, registry):
    take(database, record(17), record(17, 2, made="2025-06-02T12:00:00Z"))
    service.revoke(database, 17, "stolen")
    assert registry.changed() == {17}
    node = registry.find(17)
    assert node.revoked
    assert (node.key, node.older) == (key_of(17, 2), ((1, key_of(17)),))
    assert registry.known[17]
    assert node.name == "node-17"
    take(database, record(18, point="air-17", made="2025-11-24T17:00:00Z"))  # its place is free
    assert registry.point_of(17, 2, NOW_S - 1) == ("air-17", "innenstadt")
    with pytest.raises(RegistryError, match="node 17 is revoked already"):
        service.revoke(database, 17, "again")


def test_a_retired_node_is_unknown_and_its_place_is_free(database, registry):
    take(database, record(17))
    service.retire(database, 17, "broken")
    assert registry.changed() == {17}
    assert registry.find(17) is None
    assert not registry.known[17]
    assert Registry(database.path, PRIVATE).count() == 0
    assert registry.point_of(17, 1, NOW_S - 1) == ("air-17", "innenstadt")
    take(database, record(18, point="air-17", made="2025-11-24T17:00:00Z"))
    assert registry.find(18).name == "air-17"
    with pytest.raises(RegistryError, match="node 17 is retired, should be in service"):
        service.swap(database, "air-17", 17, "back")
    with pytest.raises(RegistryError, match="node 17 is retired already"):
        service.retire(database, 17, "again")


def test_a_swap_that_contradicts_what_is_known_changes_nothing(database, registry):
    take(database, record(17), record(18))
    registry.changed()
    with pytest.raises(RegistryError, match="choose another time with --at"):
        service.swap(database, "air-17", 18, "x", JUNE - DAY_S)
    with pytest.raises(RegistryError, match="node 17 hangs at 'air-17' already"):
        service.swap(database, "air-17", 17, "x")
    with pytest.raises(RegistryError, match="point 'nowhere' is unknown"):
        service.swap(database, "nowhere", 17, "x")
    with pytest.raises(RegistryError, match="node 99 is unknown"):
        service.swap(database, "air-17", 99, "x")
    assert registry.changed() == set()
    assert registry.find(18).name == "air-18"


def test_a_damaged_key_costs_one_node_and_one_line_and_an_import_repairs_it(
    database, registry, caplog
):
    take(database, record(17), record(18))
    registry.changed()
    with database.change() as change:
        change.execute("UPDATE node_key SET wrapped = x'00' WHERE address = 17")
    with caplog.at_level(logging.ERROR):
        assert registry.find(17) is None
        assert registry.find(17) is None
    assert len(caplog.records) == 1
    assert "its key of epoch 1 is damaged" in caplog.text
    assert registry.find(18).key == key_of(18)
    assert take(database, record(17), record(18)).repaired == 1
    assert registry.changed() == {17}
    assert registry.find(17).key == key_of(17)
    with database.change() as change:
        change.execute("UPDATE node_key SET wrapped = x'00' WHERE address = 17")
    assert registry.find(17) is None
    assert len(caplog.records) == 2


def test_a_key_moved_to_another_node_does_not_open(database, registry):
    take(database, record(17), record(18))
    with database.change() as change:
        change.execute(
            "UPDATE node_key SET wrapped ="
            " (SELECT wrapped FROM node_key WHERE address = 18) WHERE address = 17"
        )
    assert registry.find(17) is None


def test_a_wrong_or_missing_key_file_is_said_at_once(database):
    take(database, record(17))
    with pytest.raises(RegistryError, match=r"key_file holds key \w{16}, but .* are under \w{16}"):
        Registry(database.path, bytes(32))
    with pytest.raises(RegistryError, match="key_file is missing"):
        Registry(database.path, None)


def test_a_file_that_is_no_registry_is_refused(tmp_path):
    path = tmp_path / "registry.db"
    path.write_text("something else, long enough to be read as a page" * 100)
    with pytest.raises(RegistryFileError, match="cannot be opened"):
        Registry(path, None)
    with pytest.raises(RegistryFileError, match="cannot be opened"):
        Registry(tmp_path / "no" / "registry.db", None)


def test_a_registry_of_another_version_or_program_is_refused(database, tmp_path):
    database.db.execute("PRAGMA user_version = 2")
    with pytest.raises(RegistryFileError, match="has version 2: this gateway knows version 1"):
        Registry(database.path, None)
    database.db.execute("PRAGMA user_version = 0")
    with pytest.raises(RegistryError, match="it is another database"):
        Registry(database.path, None)


def test_the_running_gateway_cannot_write(registry):
    with pytest.raises(RegistryFileError, match="readonly"):
        registry.rows("DELETE FROM setting")


def test_events_are_never_changed_or_deleted(database):
    take(database, record(17))
    for sql in ("DELETE FROM event", "UPDATE event SET who = 'x'"):
        with pytest.raises(RegistryFileError, match="never"), database.change() as change:
            change.execute(sql)
    assert database.row("SELECT count(*) FROM event")[0] == 4


def test_every_question_of_the_running_gateway_uses_an_index(database, registry):
    """So that it costs the same with 10 and with 60,000 nodes."""
    take(database, record(17), record(17, 2, made="2025-06-02T12:00:00Z", point="air-20"))
    asked: list[str] = []
    registry._db.set_trace_callback(asked.append)
    registry.find(17)
    registry.changed()
    registry.point_of(17, 1, NOW_S)
    registry._db.set_trace_callback(None)
    plans = [
        step[3]
        for sql in asked
        if sql.startswith("SELECT")
        for step in registry.rows(f"EXPLAIN QUERY PLAN {sql.replace('Inf', '9e999')}")
    ]
    assert len(plans) > 6
    assert not [plan for plan in plans if plan.startswith("SCAN")]


def test_a_start_reads_addresses_only_from_an_index(database):
    sql = "SELECT address FROM node WHERE state <> 'retired'"
    plan = " ".join(row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {sql}"))
    assert "COVERING INDEX node_state" in plan
