"""Records made offline come in any order, twice, wrong, or against each other."""

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.registry import places, service
from gateway.registry.database import Database
from gateway.registry.errors import RefusedError, RegistryError
from gateway.registry.gateway_key import GatewayKey
from gateway.registry.merge import merge
from gateway.registry.record_files import parse
from gateway.registry.registry import Registry
from gateway.registry.sealing import seal
from tests.for_gateway.registered import (
    GATEWAY,
    NOW_S,
    PRIVATE,
    facts,
    key_of,
    lines,
    record,
    take,
)

JUNE_2 = "2025-06-02T12:00:00Z"


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "registry.db", "ops", NOW_S) as database:
        yield database


def _refused(database, *records, **choices) -> str:
    """Import what must be refused; check that nothing changed; return all conflicts."""
    before = facts(database), database.row("SELECT max(number) FROM event")[0]
    with pytest.raises(RefusedError) as e:
        take(database, *records, name="b.json", **choices)
    assert (facts(database), database.row("SELECT max(number) FROM event")[0]) == before
    assert all("\n" not in line for line in e.value.conflicts)
    return " | ".join(e.value.conflicts)


def _sealed(address, epoch, key):
    return {GATEWAY.id: base64.b64encode(seal(GATEWAY.public, address, epoch, key)).decode()}


def test_a_file_taken_twice_changes_nothing_the_second_time(database):
    records = [record(17), record(18, 2), record(17, 2, made=JUNE_2, point="air-20")]
    assert take(database, *records).keys == 3
    before = facts(database), database.row("SELECT max(number) FROM event")[0]
    again = take(database, *records, name="copy.json")
    assert (again.known, again.nodes, again.keys) == (3, 0, 0)
    assert (facts(database), database.row("SELECT max(number) FROM event")[0]) == before


def test_lines_and_an_array_are_the_same(database):
    records = [record(17), record(18)]
    as_array = parse("a", json.dumps(records, indent=1).encode(), NOW_S)
    as_lines = parse("a", lines(*records), NOW_S)
    assert [r.text() for r in as_array] == [r.text() for r in as_lines]
    assert [r.source for r in as_lines] == ["a:1", "a:2"]
    assert as_array[0].source == "a:2"  # the line in which it begins
    assert parse("a", b"\xef\xbb\xbf" + lines(*records), NOW_S) == as_lines


_ADDRESSES = (1, 2, 3)


@st.composite
def _histories(draw):
    """Draw records without contradictions: boards with keys one after the other, own points."""
    records = []
    for address in _ADDRESSES:
        for epoch in range(1, draw(st.integers(1, 3)) + 1):
            changes = {
                "point": draw(st.sampled_from([f"p-{address}", f"q-{address}", None])),
                "made": f"2025-06-{epoch:02}T1{address}:00:00Z",
                "board": draw(st.sampled_from(["esp32", "esp32s3"])),
                "place": draw(st.sampled_from([{}, {"height_m": 4}])),
            }
            records.append(record(address, epoch, **changes))
        if draw(st.booleans()):
            retired = f"2025-06-09T1{address}:00:00Z"
            records.append(record(address, epoch, retired, sealed=None, state="retired"))
    return records


def _after(tmp_path, number, files):
    with Database(tmp_path / f"{number}.db", "ops", NOW_S) as database:
        for file in files:
            take(database, *file)
        return facts(database)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_records_made_offline_may_come_in_any_order_and_any_files(tmp_path, data):
    records = data.draw(_histories())
    shuffled = data.draw(st.permutations(records))
    cut = data.draw(st.integers(0, len(records)))
    for path in tmp_path.glob("*.db*"):
        path.unlink()
    whole = _after(tmp_path, 0, [records])
    pieces = [shuffled[:cut], shuffled[cut:], data.draw(st.permutations(records))]
    assert _after(tmp_path, 1, [piece for piece in pieces if piece]) == whole


def test_a_swap_made_offline_is_taken_in_both_orders(database, tmp_path):
    new = record(18, made=JUNE_2, point="air-17", replaces=17)
    take(database, record(17))
    registry = Registry(database.path, PRIVATE)
    take(database, new)
    assert registry.changed() == {17, 18}
    with Database(tmp_path / "b.db", "ops", NOW_S) as other:
        take(other, new)
        take(other, record(17))
        assert facts(other) == facts(database)
    assert [registry.find(i).name for i in (17, 18)] == ["node-17", "air-17"]


def test_other_hardware_at_an_address_names_both(database):
    take(database, record(17), name="north.json")
    words = _refused(database, record(17, hardware="24:6f:28:ff:ff:ff"))
    assert words.startswith("b.json:1: address 17 is hardware 246f28ffffff here")
    assert "but hardware 246f28000011 in north.json:1, imported 2025-11-24T16:00:00Z" in words


def test_hardware_at_two_addresses_names_both(database):
    take(database, record(17), name="north.json")
    words = _refused(database, record(18, hardware="24-6F-28-00-00-11", point="x"))
    assert "hardware 246f28000011 is node 18 here, but node 17 in north.json:1" in words


def test_another_key_of_one_epoch_names_both(database):
    take(database, record(17), name="north.json")
    words = _refused(database, record(17, sealed=_sealed(17, 1, bytes(16))))
    assert "node 17, epoch 1 has another key here than in north.json:1" in words
    assert "a new key needs a new epoch" in words


def test_one_key_for_two_nodes_names_both(database):
    take(database, record(17), name="north.json")
    words = _refused(database, record(18, sealed=_sealed(18, 1, key_of(17))))
    assert "node 18, epoch 1 has the key of node 17, epoch 1 in north.json:1" in words


def test_two_nodes_at_one_point_name_both(database):
    take(database, record(17), name="north.json")
    words = _refused(database, record(18, made=JUNE_2, point="air-17"))
    assert "node 18 hangs at air-17 since 2025-06-02T12:00:00Z (record b.json:1 of uli)" in words
    assert "node 17 hangs at air-17 since 2025-06-01T12:00:00Z (record north.json:1" in words
    assert "`replaces`" in words
    words = _refused(database, record(18, made=JUNE_2, point="air-17", replaces=16))
    assert "in place of node 16" in words


def test_another_version_of_a_record_names_what_differs(database):
    take(database, record(17), name="north.json")
    words = _refused(database, record(17, point="air-18", radio=False))
    assert "point is 'air-18' here, but 'air-17'" in words
    assert "radio is False here, but True" in words
    assert "north.json:1" in words


def test_a_contradiction_within_one_file_is_found(database):
    words = _refused(database, record(17), record(17, board="other"))
    assert "b.json:2: node 17, epoch 1: board is 'other' here, but 'esp32' in b.json:1" in words


def test_all_conflicts_of_a_file_are_named_and_nothing_of_it_is_taken(database):
    take(database, record(17), record(18))
    words = _refused(database, record(20), record(17, board="x"), record(18, board="y"))
    assert words.count(" | ") == 1


def test_an_epoch_made_before_the_one_it_follows_is_a_wrong_clock(database):
    take(database, record(17, made=JUNE_2))
    words = _refused(database, record(17, 2, made="2025-06-01T12:00:00Z", point="air-20"))
    assert "a clock was wrong: correct `made` of one of them" in words


def test_a_record_for_another_gateway_says_so(database):
    words = _refused(database, record(17, sealed={"00" * 8: "A" * 86 + "=="}))
    assert f"not sealed for this gateway ({GATEWAY.id}), but for {'00' * 8}" in words


def test_a_key_sealed_for_another_node_does_not_open(database):
    for wrong in (_sealed(18, 1, key_of(17)), _sealed(17, 2, key_of(17))):
        words = _refused(database, record(17, sealed=wrong))
        assert "damaged, or was sealed for another node or epoch than 17, 1" in words


def test_an_unknown_lab_is_not_made_by_a_slip(database):
    places.set_lab(database, "innenstadt", {})
    words = _refused(database, record(17, lab="inenstadt"), create=False)
    assert "lab 'inenstadt' is unknown; known are: innenstadt" in words
    assert take(database, record(17), create=False).nodes == 1


def test_a_point_of_another_lab_is_a_conflict(database):
    take(database, record(17))
    words = _refused(database, record(18, made=JUNE_2, point="air-17", lab="campus", replaces=17))
    assert "point 'air-17' is in lab 'campus' here, but in 'innenstadt' there" in words


def test_a_place_that_an_operator_corrected_is_kept_if_they_say_so(database):
    take(database, record(17, place={"lat": 49.1, "lon": 9.2, "pole": "L 12"}, profile="air"))
    row = database.row("SELECT lat, lon, pole, profile, public FROM point")
    assert tuple(row) == (49.1, 9.2, "L 12", "air", 0)
    newer = record(17, 2, made=JUNE_2, place={"lat": 49.3, "lon": 9.2})
    assert "lat of point 'air-17' is 49.3 here, but 49.1 in the registry" in _refused(
        database, newer
    )
    take(database, newer, keep=True)
    assert database.row("SELECT lat FROM point")[0] == 49.1


def test_a_revoked_node_comes_back_only_with_a_new_key_and_a_word(database):
    take(database, record(17))
    service.revoke(database, 17, "stolen")
    assert take(database, record(17)).known == 1  # an old copy of the record revives nothing
    newer = record(17, 2, made="2025-11-24T17:00:00Z")
    assert "was revoked with epoch 1: add --reinstate 17" in _refused(database, newer)
    take(database, newer, back=[17])
    node = Registry(database.path, PRIVATE).find(17)
    assert (node.revoked, node.epoch, node.older) == (False, 2, ())


@pytest.mark.parametrize("late", [False, True])
def test_an_older_key_of_a_node_that_was_revoked_stays_out_whenever_it_comes(database, late):
    take(database, record(17, 2, made=JUNE_2))
    service.revoke(database, 17, "stolen")
    files = [[record(17)], [record(17, 3, made="2025-11-24T17:00:00Z")]]
    for file in reversed(files) if late else files:
        take(database, *file, back=[17])
    node = Registry(database.path, PRIVATE).find(17)
    assert (node.epoch, node.revoked, node.older) == (3, False, ())


def test_a_registry_takes_keys_for_one_gateway_only(database):
    take(database, record(17))
    other = GatewayKey(bytes(32))
    with pytest.raises(
        RegistryError, match=rf"holds key {other.id}, but .* are under {GATEWAY.id}"
    ):
        merge(database, other, "b.json", [])


def test_a_retired_board_comes_back_with_a_new_key(database):
    wiped = record(17, made=JUNE_2, state="retired", sealed=None)
    take(database, record(17), wiped)
    assert Registry(database.path, PRIVATE).find(17) is None
    assert take(database, record(17), wiped).known == 2
    take(database, record(17, 2, made="2025-06-03T12:00:00Z", point="air-20"))
    assert Registry(database.path, PRIVATE).find(17).name == "air-20"
