"""Mounts that were recorded: whole, signed, one file each, and what the gateway says to them."""

import json
import os

import pytest

from gateway.registry import mounts
from gateway.registry.record_files import parse
from tests.for_tools.workshops import NOW
from tools.flashing import durable, keys
from tools.flashing.errors import FlashError
from tools.flashing.mount import record
from tools.flashing.mount.verdict import Link

SIGNER = keys.Signer(bytes(range(32)))
VALUES = {
    "address": 17,
    "epoch": 1,
    "hardware": "24:6f:28:aa:bb:cc",
    "lab": "innenstadt",
    "point": "air-17",
    "place": {
        "lat": 49.1427,
        "lon": 9.2109,
        "height_m": 3.5,
        "direction_deg": 180.0,
        "pole": "L 12",
    },
    "remarks": "neben der Uhr, Straßenseite",
    "photo": {"name": "PXL_20261125_093012345.jpg", "sha256": "ab" * 32, "bytes": 3_000_002},
    "link": record.link_part(Link("green", 10, 10, 14, 12, 9), "cable", NOW),
    "by": "E. Maier",
}


def test_a_record_is_on_the_disk_whole_and_as_it_was_signed(tmp_path):
    path = record.write(tmp_path, VALUES, SIGNER, NOW)
    assert path == tmp_path / "mounts" / "air-17-20261125T094640Z.json"
    found = record.read(path)
    assert {name: found[name] for name in VALUES} == VALUES
    assert (found["made"], found["signer"]) == ("2026-11-25T09:46:40Z", SIGNER.id)
    assert record.is_signed(found, SIGNER.public)
    assert not record.is_signed(found, keys.Signer(bytes(32)).public)
    assert bytes(range(32)).hex() not in path.read_text()


def test_a_changed_letter_shows(tmp_path):
    found = record.read(record.write(tmp_path, VALUES, SIGNER, NOW))
    for name, value in found.items():
        if name == "signature":
            continue
        changed = {**found, name: f"{value}x" if isinstance(value, str) else 5}
        assert not record.is_signed(changed, SIGNER.public), name
        left_out = {n: v for n, v in found.items() if n != name}
        assert not record.is_signed(left_out, SIGNER.public), name
    assert not record.is_signed({**found, "more": 1}, SIGNER.public)
    for signature in (None, "", "x", found["signature"][:-4], 5):
        assert not record.is_signed({**found, "signature": signature}, SIGNER.public)


def test_mounts_of_one_second_get_a_second_each(tmp_path):
    """The gateway would take two places of a node at one time for two versions of a record."""
    points = ("air-17", "air-17", "air-18")
    paths = [record.write(tmp_path, {**VALUES, "point": p}, SIGNER, NOW) for p in points]
    found = [record.read(path) for path in paths]
    assert len({each["made"] for each in found}) == 3
    assert all(record.is_signed(each, SIGNER.public) for each in found)
    assert len(list((tmp_path / "mounts").glob("*.json"))) == 3


def test_what_is_not_known_is_left_out(tmp_path):
    values = {**VALUES, "epoch": None, "photo": None, "place": {}, "remarks": None, "link": None}
    found = record.read(record.write(tmp_path, values, SIGNER, NOW))
    assert not {"epoch", "photo", "place", "remarks", "link"} & found.keys()
    wired = record.link_part(Link("yellow", 9, 10), "gateway", NOW)
    assert not {"up_db", "down_db", "sf"} & wired.keys()


def test_a_clock_that_was_never_set_makes_no_record(tmp_path):
    with pytest.raises(FlashError) as e:
        record.write(tmp_path, VALUES, SIGNER, 1000.0)
    assert e.value.code == "F340"
    assert not (tmp_path / "mounts").exists()


CALLS = ("open", "write", "fsync", "link", "unlink", "mkdir")


def test_a_power_cut_at_any_call_leaves_no_record_or_a_whole_one(tmp_path, monkeypatch):
    """Cut at the first call of the system, at the second, and so on, until one run is not cut."""

    class CutError(BaseException):
        pass

    def cut_at(left: int, folder) -> bool:
        count = 0

        def wrapped(real):
            def call(*args, **kwargs):
                nonlocal count
                count += 1
                if count >= left:
                    raise CutError
                return real(*args, **kwargs)

            return call

        with monkeypatch.context() as patch:
            for name in CALLS:
                patch.setattr(durable.os, name, wrapped(getattr(os, name)))
            try:
                record.write(folder, VALUES, SIGNER, NOW)
            except CutError:
                return True
        return False

    number = 1
    while True:
        folder = tmp_path / str(number)
        folder.mkdir()
        was_cut = cut_at(number, folder)
        for path in (folder / "mounts").glob("*.json"):
            assert record.is_signed(record.read(path), SIGNER.public)
        again = record.write(folder, VALUES, SIGNER, NOW)
        assert record.is_signed(record.read(again), SIGNER.public)
        assert not list((folder / "mounts").glob("*.part"))
        if not was_cut:
            break
        number += 1
    assert number > 8


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"record": "neckar/node/1"}'])
def test_a_file_that_is_no_mount_is_named(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(FlashError) as e:
        record.read(tmp_path / "a.json")
    assert e.value.code == "F540"
    with pytest.raises(FlashError):
        record.read(tmp_path / "b.json")


@pytest.mark.parametrize(
    "left_out", [(), ("epoch", "hardware", "photo", "place", "link", "remarks")]
)
def test_the_gateway_reads_every_record_and_verifies_it(tmp_path, left_out):
    values = {name: value for name, value in VALUES.items() if name not in left_out}
    path = record.write(tmp_path, values, SIGNER, NOW)
    (mount,) = parse(path.name, path.read_bytes(), NOW + 60)
    assert isinstance(mount, mounts.Mount)
    assert mount.is_signed_by(SIGNER.public)
    assert mount.signer == mounts.key_id(SIGNER.public) == SIGNER.id
    spoilt = json.loads(path.read_text()) | {"by": "E. Meier"}
    (forged,) = parse(path.name, json.dumps(spoilt).encode(), NOW + 60)
    assert not forged.is_signed_by(SIGNER.public)
