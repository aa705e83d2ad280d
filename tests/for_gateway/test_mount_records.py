"""Mount records at the gateway: in any order, twice, forged, of nobody, against each other."""

import base64
import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.registry import mounts, places, service, technicians, views
from gateway.registry.database import Database
from gateway.registry.errors import RefusedError, RegistryError
from gateway.registry.registry import Registry
from tests.for_gateway.registered import (
    NOW_S,
    PRIVATE,
    SPOT,
    TECHNICIAN,
    facts,
    mount,
    public,
    record,
    take,
    trust,
)

JUNE_1, JUNE_2, JUNE_3, JUNE_4 = (f"2025-06-{day:02}T12:00:00Z" for day in range(1, 5))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture
def database(tmp_path):
    with opened(tmp_path / "registry.db") as database:
        yield database


def opened(path) -> Database:
    """Return a new registry that trusts the technician."""
    database = Database(path, "ops", NOW_S)
    trust(database)
    return database


def refused(database, *records, **choices) -> str:
    """Import what must be refused; check that nothing changed; return all conflicts."""
    before = facts(database), database.row("SELECT max(number) FROM event")[0]
    with pytest.raises(RefusedError) as e:
        take(database, *records, name="b.json", **choices)
    assert (facts(database), database.row("SELECT max(number) FROM event")[0]) == before
    assert all("\n" not in line for line in e.value.conflicts)
    return " | ".join(e.value.conflicts)


def point(database, name: str = "mast-17") -> dict:
    return next(row for row in views.points(database) if row["id"] == name)


def test_a_mount_makes_its_point_and_hangs_its_node_there(database):
    take(database, record(17, point=None))
    registry = Registry(database.path, PRIVATE)
    summary = take(database, mount(remarks="neben der Uhr"))
    assert (summary.mounts, summary.nodes) == (1, 0)
    assert registry.changed() == {17}
    found = point(database)
    assert {name: found[name] for name in SPOT} == SPOT
    assert (found["node"], found["lab"], found["remarks"]) == (17, "innenstadt", "neben der Uhr")
    assert registry.find(17).name == "mast-17"
    since_s = database.row("SELECT made_s FROM mount")[0]
    assert registry.point_of(17, 1, since_s + 1) == ("mast-17", "innenstadt")
    registry.close()


def test_the_history_has_who_mounted_it_when_and_how_good_its_link_was(database):
    take(database, record(17, point=None), mount())
    (event,) = [e for e in views.node(database, 17)["events"] if e["what"] == "mounted"]
    assert event["detail"]["by"] == "E. Maier"
    assert event["detail"]["link"] == "green"
    assert event["detail"]["source"] == "a.json:2"
    kinds = [line["kind"] for line in views.export(database)]
    assert "mount" in kinds and "technician" in kinds
    assert database.row("SELECT why FROM installation")[0] == "mount a.json:2"


def test_a_file_taken_twice_changes_nothing_the_second_time(database):
    records = [record(17, point=None), mount(), mount(made=JUNE_3, point="mast-18")]
    take(database, *records)
    before = facts(database), database.row("SELECT max(number) FROM event")[0]
    again = take(database, *records, name="copy.json")
    assert (again.known, again.mounts) == (3, 0)
    assert (facts(database), database.row("SELECT max(number) FROM event")[0]) == before


HIGHER = {**SPOT, "height_m": 4.5}
STORY = [
    record(17, made=JUNE_1, point="mast-17", place={"lat": 49.14, "lon": 9.21, "height_m": 3}),
    record(18, made=JUNE_1, point=None),
    mount(17, JUNE_2, remarks="links"),
    mount(17, JUNE_3, place=HIGHER, remarks="oben"),
    mount(18, JUNE_4, point="mast-17", replaces=17, place={"pole": "L 13"}),
]


def test_records_of_nodes_and_mounts_may_come_in_any_order(tmp_path):
    """Each alone, in a third of all orders; the latest of a point is right, whoever comes first."""
    found = []
    for number, order in enumerate([*itertools.permutations(STORY)][::3]):
        with opened(tmp_path / f"{number}.db") as database:
            for each in order:
                take(database, each)
            found.append(facts(database))
            spot = point(database)
            assert (spot["height_m"], spot["pole"], spot["remarks"]) == (4.5, "L 13", "oben")
            assert spot["node"] == 18
        for file in tmp_path.iterdir():
            file.unlink()
    assert all(each == found[0] for each in found)
    with opened(tmp_path / "whole.db") as database:
        take(database, *reversed(STORY))
        assert facts(database) == found[0]


def test_a_mount_waits_for_the_record_of_its_node(database):
    take(database, mount(hardware="24:6f:28:00:00:11", epoch=1))
    assert not database.rows("SELECT * FROM installation")
    take(database, record(17, point=None), name="later.json")
    assert point(database)["node"] == 17


def test_a_node_whose_mount_names_another_board_is_told_whichever_comes_first(database, tmp_path):
    other = mount(hardware="24:6f:28:99:99:99")
    take(database, other)
    told = refused(database, record(17, point=None))
    assert "hardware 246f28000011, but 246f28999999 in the mount record in a.json:1" in told
    with opened(tmp_path / "b.db") as second:
        take(second, record(17, point=None))
        assert "246f28999999" in refused(second, other)


def test_a_signature_of_nobody_is_refused_with_what_to_do(database):
    told = refused(database, record(17), mount(key=STRANGER))
    assert "of no technician here (E. Maier by its own words)" in told
    assert "technicians add NAME KEY" in told


@pytest.mark.parametrize(
    "change",
    [{"by": "E. Meier"}, {"address": 18}, {"place": {**SPOT, "height_m": 3.6}}, {"point": "mast-1"},
     {"made": JUNE_3}, {"remarks": "x"}, {"replaces": 3}, {"lab": "anderswo"}],
)  # fmt: skip
def test_a_record_that_was_changed_after_it_was_signed_is_refused(database, change):
    forged = {**mount(), **change}
    assert "changed after it was signed" in refused(database, forged)


def test_a_record_signed_in_the_name_of_another_is_refused(database):
    ours = mounts.key_id(public(TECHNICIAN))
    assert "not that of 'E. Maier'" in refused(database, mount(key=STRANGER, signer=ours))


def test_one_bad_mount_keeps_its_whole_file_out(database):
    told = refused(database, record(17), record(18), mount(17), mount(18, key=STRANGER))
    assert told.startswith("b.json:4: ")
    take(database, record(17), record(18), mount(17))


def test_two_versions_of_a_mount_are_named_both(database):
    take(database, mount())
    told = refused(database, mount(by="U. Kurz"))
    assert "by is 'U. Kurz' here, but 'E. Maier' in a.json:1, imported 2025-11-24" in told
    told = refused(database, mount(place={**SPOT, "pole": "L 13"}, point="mast-18"))
    assert "point is 'mast-18' here" in told and "place is" in told


def test_what_an_operator_has_typed_is_kept_and_named(database):
    take(database, record(17, point=None))
    places.set_point(database, "mast-17", "innenstadt", {"height_m": 5.0, "remarks": "Schlüssel 3"})
    told = refused(database, mount(remarks="links"))
    assert "height_m of point 'mast-17' is 3.5 here, but 5.0 in the registry" in told
    assert "--keep-places" in told
    take(database, mount(remarks="links"), keep=True)
    found = point(database)
    assert (found["height_m"], found["pole"], found["remarks"]) == (5.0, "L 12", "Schlüssel 3")
    assert found["node"] == 17


def test_a_point_of_another_lab_is_refused(database):
    take(database, record(17, point="mast-17", lab="sontheim"))
    assert "in lab 'innenstadt' here, but in 'sontheim' there" in refused(database, mount())


def test_an_unknown_lab_is_made_only_where_that_is_wanted(database):
    assert "lab 'innenstadt' is unknown" in refused(database, mount(), create=False)
    take(database, mount())


def test_two_nodes_at_one_point_need_a_word(database):
    take(database, record(17, point=None), record(18, point=None), mount(17))
    told = refused(database, mount(18, JUNE_3, point="mast-17"))
    assert "node 18 hangs at mast-17" in told and "node 17 hangs at mast-17" in told
    assert "`replaces`" in told
    take(database, mount(18, JUNE_3, point="mast-17", replaces=17))
    assert point(database)["node"] == 18


def test_a_node_that_is_out_of_service_hangs_nowhere(database):
    take(database, record(17, point=None))
    service.revoke(database, 17, "stolen")
    assert "node 17 is revoked, but hangs at 'mast-17'" in refused(database, mount())
    gone = record(18, made=JUNE_3, state="retired", sealed=None, point=None)
    take(database, record(18, point=None), gone)
    assert "node 18 is retired" in refused(database, mount(18, JUNE_4))
    take(database, mount(18, JUNE_2))  # it hung there before it was wiped
    assert point(database, "mast-18")["node"] is None


def test_what_a_technician_signed_before_he_left_stays(database):
    take(database, record(17, point=None), mount())
    assert technicians.remove(database, "E. Maier") == "E. Maier"
    assert point(database)["node"] == 17
    assert take(database, mount()).known == 1
    assert "of no technician here" in refused(database, mount(made=JUNE_3))


def test_a_technician_is_a_name_with_one_key_or_several(database):
    ours, other = (base64.b64encode(public(key)).decode() for key in (TECHNICIAN, STRANGER))
    assert not technicians.add(database, "E. Maier", ours)
    assert technicians.add(database, "E. Maier", other)
    take(database, record(17, point=None), mount())
    assert sorted((t["name"], t["mounts"]) for t in technicians.listed(database)) == [
        ("E. Maier", 0),
        ("E. Maier", 1),
    ]
    with pytest.raises(RegistryError, match=r"of 'E\. Maier' already"):
        technicians.add(database, "U. Kurz", ours)
    for bad in ("", "x", ours[:-4], ours + ours, "é"):
        with pytest.raises(RegistryError, match="base64 of 32 bytes"):
            technicians.add(database, "U. Kurz", bad)
    with pytest.raises(RegistryError, match="80 characters"):
        technicians.add(database, "a\nb", other)
    technicians.remove(database, mounts.key_id(public(STRANGER)))
    with pytest.raises(RegistryError, match="is unknown"):
        technicians.remove(database, "nobody")
    assert len(technicians.listed(database)) == 1
