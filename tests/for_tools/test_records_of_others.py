"""The inventory: what others mailed is taken whole or not at all, and the table is right."""

import json

import pytest

from tests.for_tools.workshops import (
    NOW,
    STRANGER,
    claim,
    files,
    finished,
    mac,
    public,
    records,
    refused,
)
from tools.flashing import inventory, record_format, sealing
from tools.flashing.record_files import told


@pytest.fixture
def store(tmp_path):
    """Return a workshop with one finished board, which has address 10."""
    made = records(tmp_path / "workshop")
    finished(made, 1)
    return made


def _first(store):
    return store.folder / "records" / "10-1.json"


def _changed(path, **changes):
    record = {**json.loads(path.read_bytes()), **changes}
    return record_format.encoded(record)


def test_records_of_others_are_taken_over_and_their_addresses_are_used(tmp_path):
    one, other = records(tmp_path / "one"), records(tmp_path / "other")
    finished(one, 1)
    for board in (2, 3):
        finished(other, board)
    mail = tmp_path / "mail.jsonl"
    for board in (2, 3):
        other.retire(mac(board), {}, NOW, "x")
    _first(other).unlink()
    (other.folder / "records" / "10-1-retired.json").unlink()
    kept = inventory.exported(other.read().known).splitlines()
    mail.write_bytes(b"\n".join(kept))
    before = len(files(one))
    assert inventory.take(one, mail) == (2, 0)
    assert inventory.take(one, mail) == (0, 2)
    assert len(files(one)) == before + 2
    assert one.known(mac(3)).state == "retired"
    assert one.read().problems == []
    assert claim(one, 4).address == 12
    assert claim(one, 3).epoch == 2
    array = json.dumps([json.loads(line) for line in kept])
    mail.write_text(array)
    assert inventory.take(other, mail) == (0, 2)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("F334", {"hardware": mac(9)}),
        ("F334", {"hardware": mac(9), "epoch": 2}),
        ("F335", {"address": 50}),
        ("F338", {"point": "air-9"}),
        ("F336", {"extra": {"flash": {"check": "0123456789abcdef"}}}),
        ("F337", {"address": 51, "hardware": mac(9)}),
        ("F310", {"epoch": -1}),
        ("F313", {"by": "00" * 16}),
    ],
)
def test_a_file_that_contradicts_this_workshop_is_not_taken_at_all(store, tmp_path, code, change):
    mail = tmp_path / "mail.jsonl"
    other = records(tmp_path / "other", range(60, 70))
    finished(other, 5)
    good = inventory.exported(other.read().known)
    mail.write_bytes(good + _changed(_first(store), **change))
    before = files(store)
    error = refused(code, inventory.take, store, mail)
    assert "mail.jsonl:2" in str(error)
    assert files(store) == before
    if code.startswith("F33"):
        assert error.values["one"] != error.values["other"]


def test_two_boards_of_one_address_within_one_file_are_refused(store, tmp_path):
    mail = tmp_path / "mail.jsonl"
    other = records(tmp_path / "other", range(60, 70))
    finished(other, 5)
    finished(other, 5)
    first = other.folder / "records" / "60-1.json"
    second = other.folder / "records" / "60-2.json"
    mail.write_bytes(first.read_bytes() + _changed(second, hardware=mac(6)))
    error = refused("F334", inventory.take, store, mail)
    assert (str(error.values["one_file"]), str(error.values["other_file"])) == (
        f"{mail}:1",
        f"{mail}:2",
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"{", b"[", b"[1]", b"\xff", b"hello", b"[]"])
def test_a_file_of_others_that_is_none_is_named(store, tmp_path, content):
    mail = tmp_path / "mail.jsonl"
    mail.write_bytes(content)
    assert str(mail) in str(refused("F339", inventory.take, store, mail).values["file"])
    refused("F323", inventory.take, store, tmp_path / "none")


def test_the_same_key_sealed_for_more_is_the_same_record(store, tmp_path):
    mail = tmp_path / "mail.jsonl"
    record = store.known(mac(1)).record
    more = sealing.seal(bytes(16), 10, 1, [public(STRANGER)])
    mail.write_bytes(record_format.encoded({**record, "sealed": {**record["sealed"], **more}}))
    assert inventory.take(store, mail) == (0, 1)


def test_the_table_of_the_inventory_has_a_row_for_each_board(store):
    finished(store, 2, point="air-2", profile=None, board=None)
    finished(store, 3, point="air-2", replaces=11)
    store.burn(claim(store, 4))
    claim(store, 5)
    store.retire(mac(1), {}, NOW + 99, "x")
    rows = [(r.address, r.board, r.point, r.state) for r in inventory.rows(store.read().known)]
    assert rows == [
        (10, "heltec-v3", None, "retired"),
        (11, None, None, "finished"),
        (12, "heltec-v3", "air-2", "finished"),
        (13, "heltec-v3", None, "burnt"),
        (14, "heltec-v3", None, "claimed"),
    ]
    first = inventory.rows(store.read().known)[0]
    assert (first.epoch, first.hardware, first.profile, first.lab, first.finished) == (
        1,
        mac(1),
        None,
        "innenstadt",
        record_format.time_text(NOW + 99),
    )
    assert told(store.known(mac(5))).startswith(f"14/1, {mac(5)}, ")
