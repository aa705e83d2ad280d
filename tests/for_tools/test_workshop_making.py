"""A workshop is made, and gets labs: whole or not, and nothing that is there is lost."""

import errno
import itertools
import random

import pytest

from tests.for_tools.power import Disk, restored
from tests.for_tools.workshops import GATEWAY, LAB, SECOND, make, public
from tools.flashing import durable, keys, workshop, workshop_making
from tools.flashing.errors import FlashError

GIVEN = {"by": 'Uli "der" Meier', "operator": "Stadt Heilbronn \\ Amt 61", "addresses": "10-99"}
SECRETS = ("service.key", "technician.key")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Sync nothing in earnest: that takes long, and no power goes."""
    monkeypatch.setattr(durable.os, "fsync", lambda _: None)


def _secrets(folder):
    return [(folder / name).read_bytes() for name in SECRETS if (folder / name).exists()]


def test_what_was_typed_is_what_is_loaded(tmp_path):
    folder = tmp_path / "below" / "home" / "workshop"
    made = workshop_making.create(folder, contact="a@b", trusted=[bytes(32)], **GIVEN)
    assert (made.by, made.operator, made.contact) == (GIVEN["by"], GIVEN["operator"], "a@b")
    assert (made.addresses, made.trusted) == (range(10, 100), [bytes(32)])
    assert made.bundle == folder / "neckar.bundle"
    assert made.labs == {}
    assert made.records.read().known == []


def test_a_workshop_that_is_there_is_left_as_it_is(tmp_path):
    made = make(tmp_path / "workshop")
    before = {p: p.read_bytes() for p in made.folder.iterdir() if p.is_file()}
    with pytest.raises(FlashError) as e:
        workshop_making.create(made.folder, **GIVEN)
    assert (e.value.code, e.value.values["folder"]) == ("F306", made.folder)
    assert {p: p.read_bytes() for p in made.folder.iterdir() if p.is_file()} == before


def test_what_is_typed_wrong_makes_nothing(tmp_path):
    for changes in ({"addresses": "all"}, {"by": ""}, {"by": "a\nb"}):
        with pytest.raises(FlashError) as e:
            workshop_making.create(tmp_path / "workshop", **{**GIVEN, **changes})
        assert (e.value.code, e.value.values["field"]) == ("F310", next(iter(changes)))
    assert list(tmp_path.iterdir()) == []


def test_a_lab_comes_to_what_people_wrote_and_their_comments_stay(tmp_path):
    folder = make(tmp_path / "workshop").folder
    path = folder / "workshop.toml"
    path.write_text(path.read_text() + "# ours, do not touch")
    before = path.read_text()
    settings = {
        "interval_s": 300,
        "radio": {"sf": 9, "on": True},
        "odd key": ["ä\x7f", -1.5],
        "e": {},
    }
    made = workshop_making.add_lab(
        folder, "bahnhof", gateways=[keys.told(public(SECOND)), public(GATEWAY)],
        settings=settings, purpose='"Lärm"', public_url="https://x.example",
    )  # fmt: skip
    lab = made.labs["bahnhof"]
    assert lab.gateways == [public(SECOND), public(GATEWAY)]
    assert (lab.settings, lab.purpose, lab.public_url) == (settings, '"Lärm"', "https://x.example")
    assert path.read_text().startswith(before + "\n")
    assert list(made.labs) == [LAB, "bahnhof"]


@pytest.mark.parametrize(
    ("code", "name", "changes"),
    [
        ("F307", LAB, {}),
        ("F310", "Bahnhof", {}),
        ("F310", 'a]\nby = "x"\n[b', {}),
        ("F310", "bahnhof", {"gateways": ["hello"]}),
        ("F310", "bahnhof", {"gateways": ['"""\n[labs.x]']}),
        ("F310", "bahnhof", {"purpose": "two\nlines"}),
        ("F310", "bahnhof", {"public_url": "x"}),
    ],
)
def test_a_lab_that_is_wrong_changes_nothing(tmp_path, code, name, changes):
    folder = make(tmp_path / "workshop").folder
    before = (folder / "workshop.toml").read_bytes()
    with pytest.raises(FlashError) as e:
        workshop_making.add_lab(folder, name, **changes)
    assert e.value.code == code
    assert (folder / "workshop.toml").read_bytes() == before


def test_a_cut_while_it_is_made_leaves_what_the_next_call_completes(tmp_path, monkeypatch):
    folder = tmp_path / "first"
    disk = Disk(tmp_path)
    with disk.watched(monkeypatch):
        workshop_making.create(folder, **GIVEN)
    rng = random.Random(7)
    seen = set()
    for count in range(len(disk.log) + 1):
        for files in disk.cuts(count, rng):
            state = frozenset(files.items())
            if state in seen:
                continue
            seen.add(state)
            again = restored(files, tmp_path / f"{len(seen)}") / "first"
            secrets = _secrets(again)
            if (again / "workshop.toml").exists():
                made = workshop.load(again)
                assert len(secrets) == 2
            else:
                made = workshop_making.create(again, **GIVEN)
            made.service_key(17)
            made.signer()
            assert set(secrets) <= set(_secrets(again))
            assert workshop_making.add_lab(again, LAB, gateways=[public(GATEWAY)]).labs
    assert len(seen) > 40


def test_a_cut_while_a_lab_is_added_leaves_the_old_file_or_the_new(tmp_path, monkeypatch):
    folder = make(tmp_path / "w").folder
    old = (folder / "workshop.toml").read_bytes()
    disk = Disk(tmp_path)
    with disk.watched(monkeypatch):
        workshop_making.add_lab(folder, "bahnhof", gateways=[public(GATEWAY)])
    new = (folder / "workshop.toml").read_bytes()
    rng = random.Random(7)
    found = [f["w/workshop.toml"] for n in range(len(disk.log) + 1) for f in disk.cuts(n, rng)]
    assert set(found) == {old, new}
    assert [*disk.cuts(len(disk.log), rng)][1]["w/workshop.toml"] == new


def test_whatever_the_disk_refuses_names_a_path(tmp_path, monkeypatch):
    refusals = [
        (errno.ENOSPC, "F320"),
        (errno.EACCES, "F321"),
        (errno.EROFS, "F322"),
        (errno.EIO, "F323"),
    ]
    for at, (number, code) in enumerate(itertools.cycle(refusals)):
        folder = tmp_path / f"{at}"
        disk = Disk(tmp_path, fail_at=(at, number))
        with disk.watched(monkeypatch):
            try:
                workshop_making.create(folder, **GIVEN)
                workshop_making.add_lab(folder, LAB, gateways=[public(GATEWAY)])
            except FlashError as e:
                assert e.code == code
                assert str(e.values["path"]).startswith(str(folder))
        if at >= len(disk.log):
            break
        if disk.log[at][0] != "unlink":
            assert not list(folder.rglob("*.part"))
        if not (folder / "workshop.toml").exists():
            workshop_making.create(folder, **GIVEN)
        workshop.load(folder).signer()
    assert at > 40
